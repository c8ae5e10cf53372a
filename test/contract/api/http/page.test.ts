import { expect } from 'chai'
import { pagesOf } from '../../../../engine/http/pages.ts'
import type { Server, ServerSettings } from '../../../../engine/server.ts'
import { bundlePage } from '../../../../packaging/build/page.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { listening } from '../../../support/listening.ts'
import { quickServer } from '../../../support/quick-server.ts'
import { wire } from '../../../support/wire.ts'

const page = new Map([['index.html', Buffer.from('<!doctype html>')]])

/** A server, with the page unless told otherwise. */
const started = (more: Partial<ServerSettings> = {}) => quickServer({ page, ...more })

const portOf = ({ listener }: Server) => Number(new URL(listener.url).port)

/** The text of a request. */
const message = (line: string, headers: Readonly<Record<string, string>> = { Host: 'x' }) =>
  `${line} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

/** An answer without what differs from request to request. */
async function answered(port: number, text: string) {
  const [answer] = await wire({ port }, [text], { bodiless: text.startsWith('HEAD') })
  const { date, ...headers } = answer?.headers ?? {}
  const body = answer?.body.replace(/"(?:accessor|uuid|request_id|cluster_id)":"[^"]*"/g, '')
  return { status: answer?.status, headers, order: Object.keys(headers), body }
}

describe('The page', () => {
  it('is the whole bundle, with what the document names', async () => {
    const { files } = await bundlePage()
    await using server = await started({ page: new Map(Object.entries(files)) })
    const document = await answered(portOf(server), message('GET /ui/ssh/roles'))
    expect(document.body).to.equal(files['index.html']?.toString())
    const named = [...(document.body ?? '').matchAll(/"(\/ui\/assets\/[^"]+)"/g)]
    expect(named).to.have.lengthOf(3)
    for (const [, address = ''] of named) {
      const { status, headers } = await answered(
        portOf(server),
        message(`HEAD ${address}`, { Host: 'x', 'Accept-Encoding': 'br' }),
      )
      expect([status, headers['content-length']]).to.deep.equal([
        200,
        String(files[`${address.slice('/ui/'.length)}.br`]?.length),
      ])
    }
  })

  it('changes no reply of the API, nor any other', async () => {
    await using having = await started()
    await using lacking = await started({ page: undefined })
    const [one, other] = [portOf(having), portOf(lacking)]
    const token = { Host: 'x', 'X-Vault-Token': 'root' }
    for (const text of [
      message('GET /v1/sys/mounts', token),
      message('LIST /v1/sys/policies/acl', token),
      message('GET /v1/sys/seal-status'),
      message('GET /v1/ui/', token),
      message('GET /v1/sys/mounts'),
      message('GET /v1/sys/config/auditing/request-headers', token),
      message('OPTIONS /v1/sys/mounts', { ...token, Origin: 'https://elsewhere.example' }),
      message('GET /v1'),
      message('GET /uix'),
      message('GET //ui/'),
      message('GET /robots.txt'),
      message('GET /favicon.ico'),
    ])
      expect(await answered(one, text), text).to.deep.equal(await answered(other, text))
  })

  it('is not there unless it is wanted', async () => {
    await using server = await started({ page: undefined })
    for (const path of ['/', '/ui', '/ui/', '/ui/x', '/ui/assets/main.js'])
      for (const verb of ['GET', 'POST'])
        expect(await answered(portOf(server), message(`${verb} ${path}`))).to.deep.include({
          status: 404,
          body: '{"errors":[]}\n',
        })
  })

  it('is served by a sealed server, too', async () => {
    await using server = await started({ rootToken: undefined })
    expect(server.sealing.sealed).to.equal(true)
    expect((await answered(portOf(server), message('GET /ui/'))).status).to.equal(200)
    expect((await answered(portOf(server), message('GET /v1/sys/mounts'))).status).to.equal(503)
  })

  it('leaves no line in the audit log', async () => {
    using audit = auditFile()
    await using server = await started({ audit: [audit.device] })
    const paths = ['/', '/ui/', '/ui/sys/mounts', '/ui/assets/x', '/v1/sys/mounts', '/ui/last']
    const token = { Host: 'x', 'X-Vault-Token': 'root' }
    for (const path of paths) await answered(portOf(server), message(`GET ${path}`, token))
    expect(audit.entries().map(({ request }) => request?.path)).to.deep.equal([
      'sys/mounts',
      'sys/mounts',
    ])
  })

  it('keeps one connection for the page and the API', async () => {
    await using server = await listening({ pages: pagesOf(page), secure: true })
    const { port, ca } = server
    const all = [
      'GET /ui/',
      'POST /ui/ HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nGET /v',
      'GET /v1/a',
      'GET /',
    ]
    const text = all.map(line => (line.includes('\n') ? line : message(line))).join('')
    const answers = await wire({ port, ca }, [text], { answers: 4 })
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 405, 204, 307])
    expect(server.seen.map(({ path }) => path)).to.deep.equal(['a'])
  })

  it('is refused to a request without a host, as every request is', async () => {
    await using server = await listening({ pages: pagesOf(page) })
    expect((await server.ask(message('GET /ui/', {})))?.status).to.equal(400)
    expect((await server.ask('GET /ui/ HTTP/1.0\r\n\r\n'))?.status).to.equal(200)
  })

  it('is refused where the load balancer does not say who asks', async () => {
    const forwarded = {
      isAuthorized: (address: string) => address === '127.0.0.1',
      hopSkips: 0,
      rejectNotPresent: true,
      rejectNotAuthorized: true,
    }
    await using server = await listening({ pages: pagesOf(page), forwarded })
    const from = { Host: 'x', 'X-Forwarded-For': '203.0.113.9' }
    expect((await server.ask(message('GET /ui/')))?.status).to.equal(400)
    expect((await server.ask(message('GET /ui/', from)))?.status).to.equal(200)
  })

  it('comes from behind the PROXY protocol', async () => {
    const proxy = { isAuthorized: () => true, denyUnauthorized: true }
    await using server = await listening({ pages: pagesOf(page), proxy })
    const header = 'PROXY TCP4 203.0.113.9 10.0.0.1 4711 8200\r\n'
    expect((await server.ask(header + message('GET /ui/')))?.status).to.equal(200)
  })
})
