import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Client } from '../../../../engine/cli/client.ts'
import { tlsFacts } from '../../../../engine/cli/server/tls-facts.ts'
import { readSettings } from '../../../../engine/cli/settings.ts'
import { certificateFingerprint } from '../../../../shared/certificate-fingerprint.ts'
import { certificateAuthority } from '../../../support/certificates.ts'

describe('tlsFacts', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-facts-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** What `status` says of a server that answers everything with this. */
  async function facts(status: number, body: (ca: string) => string) {
    const { caFile, issue } = certificateAuthority(folder)
    const { certFile, keyFile } = issue({ addresses: ['127.0.0.1'], days: 20 })
    const own = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
    const ca = readFileSync(caFile, 'utf8')
    const server = createServer(own, (_, answer) => answer.writeHead(status).end(body(ca)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const flags = { address: `https://127.0.0.1:${port}`, 'ca-cert': caFile }
    await using client = new Client(readSettings(flags as never, {}, { warn() {} }))
    const found = await tlsFacts(client)
    server.close()
    const leaf = new X509Certificate(own.cert)
    const authority = new X509Certificate(ca)
    return {
      found,
      expiry: leaf.validToDate.toISOString(),
      fingerprint: certificateFingerprint(authority),
    }
  }

  it('are when the certificate expires, and the fingerprint of the CA', async () => {
    const { found, expiry, fingerprint } = await facts(200, ca => ca)
    expect(found).to.deep.equal({ certificate_expiry: expiry, ca_fingerprint: fingerprint })
  })

  it('leave out the fingerprint where the server publishes no CA', async () => {
    for (const [status, body] of [
      [404, '{"errors":["this server publishes no CA certificate"]}'],
      [403, '{"errors":["permission denied"]}'],
      [200, '<html>'],
    ] as const) {
      const { found, expiry } = await facts(status, () => body)
      expect(found).to.deep.equal({ certificate_expiry: expiry })
    }
  })
})
