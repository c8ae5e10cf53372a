import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Client } from '../../../../engine/cli/client.ts'
import { readSettings } from '../../../../engine/cli/settings.ts'

const BY_POLICY = '1 error occurred:\n\t* permission denied\n\n'

describe('TokenInUse', () => {
  let home: string
  let server: Server
  let asked: string[]
  /** What a token that the server does not know is told. */
  let unknown: string
  let offers: boolean[]
  const valid = new Set<string>()

  before(async () => {
    server = createServer((request, answer) => {
      const token = String(request.headers['x-vault-token'])
      asked.push(`${request.method} ${request.url} ${token}`)
      const refusal = !valid.has(token)
        ? unknown
        : request.url?.endsWith('/denied')
          ? BY_POLICY
          : undefined
      answer.writeHead(refusal === undefined ? 200 : 403)
      answer.end(JSON.stringify(refusal === undefined ? { data: {} } : { errors: [refusal] }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'postern-home-'))
    asked = []
    offers = []
    unknown = 'permission denied'
    valid.clear()
    valid.add('new')
    write('old')
  })
  afterEach(() => rmSync(home, { recursive: true }))

  const write = (token: string) => writeFileSync(join(home, '.vault-token'), token, { mode: 0o600 })

  /** A client whose user logs in again, with this token as the result; undefined if the user does not want to. */
  function client(made: string | undefined, environment = {}): Client {
    const { port } = server.address() as AddressInfo
    const flags = { address: `http://127.0.0.1:${port}` }
    const ofToken = () => ({
      mention: () => undefined,
      canLogIn: () => true,
      async logIn(hadToken: boolean) {
        offers.push(hadToken)
        if (made !== undefined) write(made)
        return made !== undefined
      },
    })
    const user = { warn: () => undefined, ofToken }
    return new Client(readSettings(flags as never, { HOME: home, ...environment }, user))
  }

  const code = (work: Promise<unknown>) =>
    work.then(
      () => 200,
      (error: { status: number }) => error.status,
    )

  it('is replaced once, and the request is sent again', async () => {
    await using one = client('new')
    expect(await code(one.write('x', { a: 1 }))).to.equal(200)
    expect(asked).to.deep.equal([
      'PUT /v1/x old',
      'GET /v1/auth/token/lookup-self old',
      'PUT /v1/x new',
    ])
    expect(offers).to.deep.equal([true])
  })

  it('is known to be refused by the words of Vault, too', async () => {
    unknown = '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'
    await using one = client('new')
    expect(await code(one.read('x'))).to.equal(200)
  })

  it('is asked for if there is none', async () => {
    rmSync(join(home, '.vault-token'))
    await using one = client('new')
    expect(await code(one.read('x'))).to.equal(200)
    expect([offers, asked]).to.deep.equal([[false], ['GET /v1/x undefined', 'GET /v1/x new']])
  })

  it('is replaced once for requests at the same time', async () => {
    await using one = client('new')
    const codes = await Promise.all(['a', 'b', 'c'].map(path => code(one.read(path))))
    expect([codes, offers]).to.deep.equal([[200, 200, 200], [true]])
  })

  it('is not replaced twice, if the new one is refused, too', async () => {
    await using one = client('other')
    expect(await code(one.read('a'))).to.equal(403)
    expect(await code(one.read('b'))).to.equal(403)
    expect(offers).to.deep.equal([true])
  })

  it('stays if the user does not want to, who is asked once', async () => {
    await using one = client(undefined)
    expect([await code(one.read('a')), await code(one.read('b'))]).to.deep.equal([403, 403])
    expect(offers).to.deep.equal([true])
  })

  it('is not replaced for lack of a policy', async () => {
    write('new')
    await using one = client('new')
    expect([await code(one.read('denied')), offers]).to.deep.equal([403, []])
  })

  it('is not replaced once the command has changed something', async () => {
    valid.add('old')
    await using one = client('new')
    expect(await code(one.write('x', {}))).to.equal(200)
    valid.delete('old')
    expect([await code(one.write('sys/leases/revoke', {})), offers]).to.deep.equal([403, []])
  })

  it('is not replaced where the environment has it, or for a login', async () => {
    await using fixed = client('new', { VAULT_TOKEN: 'old' })
    expect(await code(fixed.read('x'))).to.equal(403)
    await using one = client('new')
    expect(await code(one.write('auth/userpass/login/ann', {}))).to.equal(403)
    expect(offers).to.deep.equal([])
  })
})
