import { expect } from 'chai'
import { sealable } from '../../support/sealable.ts'

describe('Ceremonies that take a token besides the shares', () => {
  let server: Awaited<ReturnType<typeof sealable>>
  let keys: readonly string[]

  beforeEach(async () => {
    server = await sealable()
    keys = (await server.init({ secret_shares: 3, secret_threshold: 2 })).body.keys_base64
    await server.unseal(keys[0]!, keys[1]!)
  })
  afterEach(() => server[Symbol.asyncDispose]())

  /** A token with a policy about one path. */
  async function token(path: string, capabilities: readonly string[]): Promise<string> {
    const policy = `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`
    await server.put('sys/policies/acl/p', { policy })
    return (await server.put('auth/token/create', { policies: ['p'] })).body.auth.client_token
  }

  it('make a root token', async () => {
    const { body } = await server.put('sys/generate-root-token/attempt')
    const { nonce, otp, otp_length, ...begun } = body.data
    expect(begun).to.deep.include({ started: true, progress: 0, required: 2, complete: false })
    expect([otp.length, body.nonce]).to.deep.equal([otp_length, nonce])
    await server.put('sys/generate-root-token/update', { nonce, key: keys[0] })
    expect((await server.get('sys/generate-root-token/attempt')).body.data).to.deep.include({
      ...{ nonce, progress: 1, otp: '' },
    })
    const done = await server.put('sys/generate-root-token/update', { nonce, key: keys[2] })
    const veiled = Buffer.from(done.body.data.encoded_token, 'base64')
    const bytes = veiled.map((byte, at) => byte ^ otp.charCodeAt(at))
    server.use(Buffer.from(bytes).toString())
    expect((await server.get('auth/token/lookup-self')).body.data.policies).to.deep.equal(['root'])
    await server.put('sys/generate-root-token/attempt')
    expect((await server.ask('DELETE', 'sys/generate-root-token/attempt')).status).to.equal(204)
  })

  for (const [path, method] of [
    ['sys/generate-root-token/attempt', 'GET'],
    ['sys/generate-root-token/attempt', 'PUT'],
    ['sys/generate-root-token/attempt', 'DELETE'],
    ['sys/generate-root-token/update', 'PUT'],
    ['sys/rotate/root', 'PUT'],
    ['sys/rotate/root/init', 'GET'],
    ['sys/rotate/root/init', 'PUT'],
    ['sys/rotate/root/init', 'DELETE'],
    ['sys/rotate/root/update', 'PUT'],
    ['sys/rotate/root/verify', 'GET'],
    ['sys/rotate/root/verify', 'PUT'],
    ['sys/rotate/root/verify', 'DELETE'],
    ['sys/rotate/root/backup', 'GET'],
    ['sys/rekey/backup', 'GET'],
  ] as const)
    it(`are denied to who has no token, or one that may not: ${method} ${path}`, async () => {
      const other = await token('sys/other', ['update'])
      for (const each of ['', other]) {
        server.use(each)
        const { status, body } = await server.ask(method, path, method === 'PUT' ? {} : undefined)
        expect([status, body.errors[0]]).to.satisfy(
          ([code, text]: [number, string]) => code === 403 && text.includes('permission denied'),
        )
      }
    })

  it('need sudo where they make a root token', async () => {
    const path = 'sys/generate-root-token/*'
    server.use(await token(path, ['read', 'update']))
    expect((await server.put('sys/generate-root-token/attempt')).status).to.equal(403)
  })

  it('are asked about at the paths of their seal', async () => {
    expect((await server.get('sys/rotate/recovery/init')).body.errors).to.deep.equal([
      'a server with a seal of type "shamir" is rekeyed at sys/rotate/root',
    ])
    expect((await server.get('sys/rotate/root/verify')).body.errors).to.deep.equal([
      'no rekey verification in progress',
    ])
  })

  it('make no new root key without shares, and say what to use', async () => {
    expect(await server.put('sys/rotate/root')).to.deep.equal({
      status: 400,
      body: {
        errors: [
          'the root key is never replaced: use sys/rotate for a new key that values are encrypted with, and sys/rotate/root/init or sys/rotate/recovery/init for new shares',
        ],
      },
    })
    server.use(await token('sys/rotate/root', ['update']))
    expect((await server.put('sys/rotate/root')).status).to.equal(403)
  })

  it('have no backup of shares', async () => {
    for (const path of [
      'sys/rekey/backup',
      'sys/rekey/recovery-key-backup',
      'sys/rotate/root/backup',
    ]) {
      expect(await server.get(path)).to.deep.equal({
        status: 400,
        body: { errors: ['no backed-up keys found'] },
      })
      expect((await server.ask('DELETE', path)).status).to.equal(204)
    }
  })
})
