import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readTls } from '../../../../engine/config/read-tls.ts'
import type { Server } from '../../../../engine/server.ts'
import { type CertificateAuthority, certificateAuthority } from '../../../support/certificates.ts'
import { quickServer } from '../../../support/quick-server.ts'
import { api, ours } from '../api.ts'

describe('sys/tls-ca', () => {
  describe('of a server that publishes a CA', () => {
    let folder: string
    let authority: CertificateAuthority
    let server: Server
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'postern-tls-ca-'))
      authority = certificateAuthority(folder)
      // not initialized, so sealed
      server = await quickServer({
        ...(await readTls(filesOf(authority))),
        storage: { type: 'sqlite', path: join(folder, 'data') },
        rootToken: undefined,
      })
    })
    after(async () => {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    })

    function filesOf({ issue, caFile }: CertificateAuthority) {
      const { certFile, keyFile } = issue({ addresses: ['127.0.0.1'] })
      const tls = { certificateFile: certFile, keyFile, minVersion: 'tls12' } as const
      return { tls, tlsCaFile: caFile }
    }

    async function fetched(method = 'GET', headers: Readonly<Record<string, string>> = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<{
        status: number | undefined
        type: string | undefined
        tag: string
        text: string
      }>()
      const url = `${server.listener.url}/v1/sys/tls-ca`
      const sent = request(url, { method, headers, rejectUnauthorized: false }, async answer => {
        const { statusCode: status, headers: got } = answer
        let text = ''
        for await (const piece of answer) text += piece
        resolve({ status, type: got['content-type'], tag: got.etag ?? '', text })
      })
      sent.on('error', reject)
      sent.end()
      return await promise
    }

    it('answers with its PEM while it is sealed, without a token', async () => {
      const answer = await fetched()
      expect(answer.text).to.equal(readFileSync(authority.caFile, 'utf8'))
      expect([answer.status, answer.type]).to.deep.equal([200, 'application/x-pem-file'])
      const head = await fetched('HEAD')
      expect(head).to.deep.equal({ ...answer, text: '' })
    })

    it('answers 304 to a client that has it', async () => {
      const { tag } = await fetched()
      expect(tag).to.match(/^"[0-9a-f]{64}"$/)
      const again = await fetched('GET', { 'if-none-match': tag })
      expect([again.status, again.tag, again.text]).to.deep.equal([304, tag, ''])
      expect((await fetched('GET', { 'if-none-match': '"other"' })).status).to.equal(200)
    })

    it('can be only read', async () => {
      expect((await fetched('PUT')).status).to.equal(405)
      expect((await fetched('DELETE')).status).to.equal(405)
    })

    it('publishes another CA after a reload', async () => {
      const before = await fetched()
      const fresh = certificateAuthority(join(folder, 'fresh'))
      server.reload(await readTls(filesOf(fresh)))
      const after = await fetched()
      expect(after.text).to.equal(readFileSync(fresh.caFile, 'utf8'))
      expect(after.tag).to.not.equal(before.tag)
    })
  })

  describe('of a server without one', () => {
    const { get } = api()

    ours('is 404 with the setting to set', async () => {
      const answer = await get('sys/tls-ca', '')
      expect([answer.status, answer.body]).to.deep.equal([
        404,
        {
          errors: ['this server publishes no CA certificate: tls_ca_file in [listener] is not set'],
        },
      ])
    })
  })
})
