import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Config } from '../../../../engine/auth/jwt/config.ts'
import { KeySource } from '../../../../engine/auth/jwt/key-source.ts'
import type { Keys } from '../../../../engine/auth/jwt/signature.ts'
import { certificateAuthority } from '../../../support/certificates.ts'

describe('KeySource', () => {
  let server: Server
  let [asked, isDown, hangs] = [0, false, false]
  let config: Config

  beforeEach(async () => {
    ;[asked, isDown, hangs] = [0, false, false]
    server = createServer((_, response) => {
      asked++
      if (hangs) return
      response
        .writeHead(isDown ? 500 : 200)
        .end(JSON.stringify({ keys: [{ kty: 'X', kid: asked }] }))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    config = { jwksUrl, jwksCaPem: '' } as Config
  })
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  const kid = (keys: Keys) => 'keys' in keys && (keys.keys[0] as { kid: number }).kid
  const failing = (work: Promise<unknown>) =>
    work.then(
      () => 'found',
      () => 'failed',
    )

  it('asks once for all who want the same', async () => {
    const source = new KeySource()
    const found = await Promise.all(Array.from({ length: 20 }, () => source.keys(config)))
    expect([found.map(kid), asked]).to.deep.equal([Array(20).fill(1), 1])
  })

  it('does not ask a server that has just failed with every token', async () => {
    const source = new KeySource()
    isDown = true
    const begun = performance.now()
    for (let count = 0; count < 50; count++)
      expect(await failing(source.keys(config))).to.equal('failed')
    // once a second
    expect(asked).to.be.within(1, 1 + Math.ceil((performance.now() - begun) / 1000))
    isDown = false
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(kid(await source.keys(config))).to.equal(asked)
  })

  it('goes on with what it knows when it cannot ask again', async () => {
    const source = new KeySource()
    expect(kid(await source.keys(config))).to.equal(1)
    isDown = true
    expect(await failing(source.keys(config, 1e-9))).to.equal('found')
    await new Promise(resolve => setTimeout(resolve, 1000))
    expect(await failing(source.keys(config, 1e-9))).to.equal('failed')
    expect(kid(await source.keys(config))).to.equal(1)
    expect(asked).to.equal(2)
  })

  it('does not wait for an unresponsive server whose keys are cached', async () => {
    const source = new KeySource()
    await source.keys(config)
    hangs = true
    const again = failing(source.keys(config, 0))
    expect(kid(await source.keys(config))).to.equal(1)
    while (asked < 2) await new Promise(resolve => setTimeout(resolve, 5))
    server.closeAllConnections()
    expect(await again).to.equal('failed')
    expect(kid(await source.keys(config))).to.equal(1)
  })

  it('asks in any case for who checks a configuration', async () => {
    const source = new KeySource()
    expect(kid(await source.keys(config, 0))).to.equal(1)
    expect(kid(await source.keys(config, 0))).to.equal(2)
    expect(kid(await source.keys(config))).to.equal(2)
  })

  it('trusts a server by an intermediate authority, or by its own certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-keys-'))
    const root = certificateAuthority(folder)
    const authority = root.below(join(folder, 'intermediate'))
    const { keyFile, certFile } = authority.issue({ addresses: ['127.0.0.1'] })
    const files = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
    const secure = createTlsServer(files, (_, response) => response.end('{"keys":[]}'))
    await new Promise<void>(resolve => secure.listen(0, '127.0.0.1', resolve))
    const jwksUrl = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/keys`
    const trusts = async (jwksCaPem: string) =>
      failing(new KeySource().keys({ jwksUrl, jwksCaPem } as Config))
    const other = root.below(join(folder, 'other'))
    expect([
      await trusts(readFileSync(authority.caFile, 'utf8')),
      await trusts(new X509Certificate(files.cert).toString()),
      await trusts(readFileSync(other.caFile, 'utf8')),
    ]).to.deep.equal(['found', 'found', 'failed'])
    secure.close()
    secure.closeAllConnections()
    rmSync(folder, { recursive: true })
  })
})
