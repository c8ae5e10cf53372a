import { expect } from 'chai'
import { api } from '../api.ts'
import { expectFailure } from '../reply.ts'

describe('headers', () => {
  const { ask, mount, root, ssh } = api()
  const read = (headers: Readonly<Record<string, string>>, token = root) =>
    ask('GET', `${mount}/roles/web`, { headers, token })

  before(() => ssh('roles/web', { key_type: 'otp', default_user: 'u' }))

  it('can have the token as a bearer, with blanks around it', async () => {
    for (const authorization of [`Bearer ${root}`, `Bearer   ${root}  `])
      expect((await read({ authorization }, '')).status).to.equal(200)
  })

  it('have no token in another way', async () => {
    for (const authorization of [`bearer ${root}`, `Basic ${root}`, root, 'Bearer '])
      expectFailure(await read({ authorization }, ''), 403, 'permission denied')
  })

  it('have the token of Vault before that of a bearer', async () => {
    expect((await read({ authorization: 'Bearer garbage' })).status).to.equal(200)
    expect((await read({ authorization: `Bearer ${root}` }, 'garbage')).status).to.equal(403)
  })

  const IGNORED: readonly (readonly [string, string])[] = [
    ['x-vault-request', 'true'],
    ['x-vault-mfa', 'x:y'],
    ['x-vault-policy-override', 'true'],
    ['x-vault-no-request-forwarding', 'true'],
    ['x-vault-index', 'abc'],
    ['x-vault-inconsistent', 'forward-active-node'],
    ['x-vault-wrap-format', 'jwt'],
    ['x-forwarded-for', '192.0.2.1'],
    ['origin', 'https://example.com'],
    ['accept', 'text/html'],
  ]
  for (const [name, value] of IGNORED)
    it(`that say ${name} change nothing`, async () =>
      expect((await read({ [name]: value })).status).to.equal(200))

  for (const namespace of ['', '/', 'root', 'root/'])
    it(`can name the namespace ${JSON.stringify(namespace)}`, async () =>
      expect((await read({ 'x-vault-namespace': namespace })).status).to.equal(200))

  it('have the namespace given back', async () =>
    expect((await read({ 'x-vault-namespace': 'root' })).headers['x-vault-namespace']).to.equal(
      'root',
    ))

  it('cannot name a namespace that is not there', async () =>
    expectFailure(await read({ 'x-vault-namespace': 'team' }), 404, 'namespace not found'))

  it('cannot ask a namespace about the server', async () =>
    expectFailure(
      await ask('GET', 'sys/health', { headers: { 'x-vault-namespace': 'team' }, token: '' }),
      400,
      'operation unavailable in namespaces',
    ))

  it('cannot ask for a wrapping that makes no sense', async () => {
    for (const [ttl, text] of [
      ['abc', /^error parsing X-Vault-Wrap-TTL header: ./],
      ['-5', /requested wrap ttl cannot be negative$/],
    ] as const) {
      const { status, body } = await read({ 'x-vault-wrap-ttl': ttl })
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(text)
    }
  })

  it('do not make an unusable token a fault of the server', async () => {
    for (const token of ['a b', '"', 'x'.repeat(5000)])
      expectFailure(await read({}, token), 403, 'permission denied')
  })
})
