import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { certificateAuthority } from '../../support/certificates.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const REPLIES: Readonly<Record<string, object>> = {
  '/v1/sys/seal-status': { sealed: false, cluster_id: 'other' },
  '/v1/auth/token/lookup-self': { id: 'x' },
  '/v1/sys/mounts': {},
  '/v1/sys/auth': {},
}

describe('postern import over TLS', () => {
  let target: CommandLine
  let server: Server
  let ca: string
  const seen: (string | undefined)[] = []

  before(async () => {
    target = await commandLine()
    writeFileSync(join(target.folder, 'token'), 'token-of-the-source', { mode: 0o600 })
    const { caFile, issue } = certificateAuthority(target.folder)
    ca = caFile
    const { certFile, keyFile } = issue({ addresses: ['127.0.0.1'], days: 20 })
    const own = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
    server = createServer(own, (request, response) => {
      seen.push(...[request.headers['x-vault-token'], request.headers['x-own']].flat())
      const data = REPLIES[request.url ?? '']
      response.writeHead(data ? 200 : 404).end(JSON.stringify(data ? { data } : { errors: [] }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await target[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    seen.length = 0
  })

  const importing = (words: readonly string[], environment = {}) =>
    target.run(
      [
        ...['import', `-from=https://127.0.0.1:${(server.address() as AddressInfo).port}`],
        ...[`-from-token-file=${target.folder}/token`, ...words],
      ],
      { environment },
    )

  for (const [told, words, environment] of cases<
    readonly [string, readonly string[], Readonly<Record<string, string>>]
  >([
    ['nothing', [], {}],
    ['the CA of the target', ['-ca-cert=CA'], {}],
    ['the environment', [], { VAULT_CACERT: 'CA' }],
    ['-tls-skip-verify, which is for the target', ['-tls-skip-verify'], {}],
    ['VAULT_SKIP_VERIFY', [], { VAULT_SKIP_VERIFY: 'true' }],
  ]))
    it(`trusts no certificate of the source because of ${told}`, async () => {
      const set = Object.entries(environment).map(([name, value]) => [
        name,
        value.replace('CA', ca),
      ])
      const { code, err } = await importing(
        words.map(word => word.replace('CA', ca)),
        Object.fromEntries(set),
      )
      expect([code, seen]).to.deep.equal([2, []])
      expect(err).to.match(/^the server of -from: no seal status: .*certificate/)
    })

  it('trusts that of -from-ca, and sends no token and no header of the target', async () => {
    const { code, err } = await importing([`-from-ca=${ca}`, '-header=X-Own=1'])
    expect([code, err]).to.deep.equal([0, ''])
    expect(new Set(seen)).to.deep.equal(new Set(['token-of-the-source', undefined]))
  })
})
