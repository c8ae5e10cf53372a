import { expect } from 'chai'
import { pagesOf } from '../../../engine/http/pages.ts'

const SCRIPT = 'assets/main-ABC.js'
const STYLE = 'assets/style-ABC.css'
const FILES = new Map(
  ['index.html', SCRIPT, STYLE, 'assets/icon-ABC.svg', 'assets/notes.txt']
    .flatMap(name => [name, `${name}.br`, `${name}.gz`])
    .map(name => [name, Buffer.from(name)]),
)

describe('pagesOf', () => {
  const pages = pagesOf(FILES)

  /** The response to a request, with the text of its body. */
  function asked(url: string, { method = 'GET', accept = undefined as string | undefined } = {}) {
    const headers = accept === undefined ? {} : { 'accept-encoding': accept }
    const { status, body, headers: own = {} } = pages.answer({ method, url, headers }) ?? {}
    return { status, headers: own, text: Buffer.isBuffer(body) ? body.toString() : body }
  }

  for (const path of [
    '/ui/',
    '/ui/ssh/roles/web',
    '/ui/auth/oidc/oidc/callback?code=c&state=s',
    '/ui/assets',
    '/ui/..',
    '/ui/../v1/sys/health',
    '/ui/%2e%2e/%00',
    '/ui/?x=/assets/',
    'https://engine.example.com/ui/hosts',
  ])
    it(`gives the document at ${path}`, () => {
      const { status, text, headers } = asked(path)
      expect([status, text]).to.deep.equal([200, 'index.html'])
      expect(headers['Content-Type']).to.equal('text/html; charset=utf-8')
      expect(headers['Cache-Control']).to.equal('no-store')
    })

  for (const [name, type] of [
    [SCRIPT, 'text/javascript; charset=utf-8'],
    [STYLE, 'text/css; charset=utf-8'],
    ['assets/icon-ABC.svg', 'image/svg+xml'],
  ] as const)
    it(`gives ${name}, to be kept for ever`, () => {
      const { status, text, headers } = asked(`/ui/${name}?anything`)
      expect([status, text]).to.deep.equal([200, name])
      expect(headers['Content-Type']).to.equal(type)
      expect(headers['Cache-Control']).to.equal('public, max-age=31536000, immutable')
    })

  for (const path of [
    '/ui/assets/',
    '/ui/assets/main.js',
    `/ui/${SCRIPT}.br`,
    `/ui/${SCRIPT}/`,
    '/ui/assets/notes.txt',
    '/ui/assets/../index.html',
    '/ui/assets/%6dain-ABC.js',
    '/ui/assets/constructor',
  ])
    it(`has nothing at ${path}`, () =>
      expect(asked(path)).to.deep.include({ status: 404, text: { errors: [] } }))

  for (const path of ['/v1/sys/health', '/v1/', '/uix', '//ui/', '/UI/', '/x', '*', ''])
    it(`leaves ${path || 'an empty target'} to the API`, () =>
      expect(pages.answer({ method: 'GET', url: path, headers: {} })).to.equal(undefined))

  for (const path of ['/', '/ui', '/?next=https://elsewhere.example', 'http://elsewhere.example/'])
    it(`leads from ${path} to the page, and nowhere else`, () => {
      const { status, text, headers } = asked(path)
      expect([status, text, headers.Location]).to.deep.equal([307, '', '/ui/'])
    })

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'LIST', 'LINK', 'TRACE'])
    it(`refuses ${method}`, () => {
      for (const path of ['/', '/ui', '/ui/x', `/ui/${SCRIPT}`, '/ui/assets/none'])
        expect(asked(path, { method })).to.deep.include({ status: 405, text: { errors: [] } })
      expect(asked('/ui/', { method }).headers.Allow).to.equal('GET, HEAD')
    })

  it('answers HEAD as GET', () =>
    expect(asked('/ui/', { method: 'HEAD' })).to.deep.equal(asked('/ui/')))

  for (const [accept, ending, coding] of [
    [undefined, '', undefined],
    ['', '', undefined],
    ['gzip, deflate, br, zstd', '.br', 'br'],
    ['gzip, deflate', '.gz', 'gzip'],
    ['GZIP', '.gz', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', '.gz', 'gzip'],
    ['br;q=0, gzip', '.gz', 'gzip'],
    ['br; q=0, gzip ; q=0.000', '', undefined],
    ['*', '.br', 'br'],
    ['*;q=0', '', undefined],
    ['br;q=0, *', '.gz', 'gzip'],
    ['identity', '', undefined],
    ['identity;q=1, br;q=0.5', '', undefined],
    ['identity;q=0.5, br;q=1', '.br', 'br'],
    ['br;q=none', '', undefined],
    ['deflate', '', undefined],
    [`${'br;q=0,'.repeat(2000)}gzip`, '.gz', 'gzip'],
  ] as const)
    it(`sends ${coding ?? 'it uncompressed'} to a client that accepts ${accept?.slice(0, 30) ?? 'nothing'}`, () => {
      for (const name of ['index.html', SCRIPT]) {
        const { text, headers } = asked(`/ui/${name}`.replace('index.html', ''), { accept })
        expect(text).to.equal(name + ending)
        expect(headers['Content-Encoding']).to.equal(coding)
        expect(headers.Vary).to.equal('Accept-Encoding')
      }
    })

  it('has the same protection in every reply', () => {
    for (const { headers } of [
      ...['/', '/ui/', `/ui/${SCRIPT}`, '/ui/assets/none'].map(path => asked(path)),
      asked('/ui/', { method: 'POST' }),
    ]) {
      const policy = headers['Content-Security-Policy']?.split('; ')
      expect(policy).to.have.members([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ])
      expect(headers).to.include({
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Resource-Policy': 'same-origin',
      })
      expect(headers['Permissions-Policy']).to.match(/^(?:[a-z-]+=\(\)(?:, |$)){10,}$/)
      expect(headers).to.not.have.property('Strict-Transport-Security')
      expect(headers).to.not.have.property('Access-Control-Allow-Origin')
      expect(headers).to.not.have.property('Set-Cookie')
    }
  })
})
