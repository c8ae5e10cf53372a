import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Line } from '../../support/audit-file.ts'
import { sealable } from '../../support/sealable.ts'

describe('The audit log of generate-root and rekey', () => {
  let server: Awaited<ReturnType<typeof sealable>>
  let folder: string
  let keys: readonly string[]

  for (const raw of ['false', 'true'])
    describe(raw === 'true' ? 'where nothing is hashed' : 'where texts are hashed', () => {
      beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), 'postern-ceremonies-'))
        server = await sealable()
        keys = (await server.init({ secret_shares: 3, secret_threshold: 2 })).body.keys_base64
        await server.unseal(keys[0]!, keys[1]!)
        const options = { file_path: join(folder, 'audit.log'), log_raw: raw }
        const enabled = await server.put('sys/audit/file', { type: 'file', options })
        expect(enabled.status).to.equal(204)
      })
      afterEach(async () => {
        await server[Symbol.asyncDispose]()
        rmSync(folder, { recursive: true, force: true })
      })

      const text = () => readFileSync(join(folder, 'audit.log'), 'utf8')
      const lines = (path: string): readonly Line[] =>
        text()
          .split('\n')
          .filter(Boolean)
          .map(line => JSON.parse(line))
          .filter(({ request }) => request?.path === path)
      const bring = (path: string, nonce: string, key: string) => server.put(path, { nonce, key })

      it('shows how far a root token is, and neither shares nor token', async () => {
        const update = 'sys/generate-root/update'
        const { nonce, otp } = (await server.put('sys/generate-root/attempt')).body
        await bring(update, nonce, keys[0]!)
        expect((await bring(update, nonce, `${'A'.repeat(43)}=`)).status).to.equal(400)
        await server.put(update, { nonce: keys[2], key: 7, [keys[2]!]: keys[2] })
        const { encoded_token: encoded } = (await bring(update, nonce, keys[2]!)).body
        const told = lines(update).filter(({ type }) => type === 'response')
        expect(told.map(({ outcome, response }) => [outcome, response.data ?? {}])).to.deep.equal([
          [
            'ok',
            {
              nonce,
              started: true,
              progress: 1,
              required: 2,
              complete: false,
              otp_length: otp.length,
            },
          ],
          ['invalid', {}],
          ['invalid', {}],
          [
            'ok',
            {
              nonce,
              started: true,
              progress: 2,
              required: 2,
              complete: true,
              otp_length: otp.length,
            },
          ],
        ])
        for (const { request } of told) {
          expect(request.remote_address).to.equal('127.0.0.1')
          expect(Object.keys(request.data ?? { nonce })).to.deep.equal(['nonce'])
        }
        expect(lines('sys/generate-root/attempt')).to.have.length(2)
        requireNone([otp, encoded, ...keys])
      })

      it('shows how far new shares are, and no share', async () => {
        const more = { secret_shares: 3, secret_threshold: 2, require_verification: true }
        const { nonce } = (await server.put('sys/rekey/init', more)).body
        await bring('sys/rekey/update', nonce, keys[1]!)
        const fresh = (await bring('sys/rekey/update', nonce, keys[2]!)).body
        for (const key of fresh.keys_base64.slice(1))
          await bring('sys/rekey/verify', fresh.verification_nonce, key)
        expect(lines('sys/rekey/update').map(({ type }) => type)).to.deep.equal([
          ...['request', 'response', 'request', 'response'],
        ])
        const [done] = lines('sys/rekey/verify').slice(-1)
        expect(done.response.data).to.deep.equal({
          nonce: fresh.verification_nonce,
          complete: true,
        })
        const [begun] = lines('sys/rekey/init').slice(-1)
        expect(begun.auth.display_name).to.equal('root')
        requireNone([...keys, ...fresh.keys_base64])
      })

      it('shows the same of the paths that take a token', async () => {
        const begun = (await server.put('sys/generate-root-token/attempt')).body.data
        const update = 'sys/generate-root-token/update'
        await bring(update, begun.nonce, keys[0]!)
        const made = (await bring(update, begun.nonce, keys[1]!)).body.data
        const more = { secret_shares: 3, secret_threshold: 2 }
        const { nonce } = (await server.put('sys/rotate/root/init', more)).body.data
        await bring('sys/rotate/root/update', nonce, keys[1]!)
        const { data } = (await bring('sys/rotate/root/update', nonce, keys[2]!)).body
        expect(data.keys_base64).to.have.length(3)
        for (const path of [update, 'sys/rotate/root/update'])
          expect(lines(path).map(({ type }) => type)).to.deep.equal([
            ...['request', 'response', 'request', 'response'],
          ])
        requireNone([begun.otp, made.encoded_token, ...keys, ...data.keys_base64])
      })

      it('is what they depend on: what cannot be written down is not done', async () => {
        const { nonce } = (
          await server.put('sys/rekey/init', { secret_shares: 1, secret_threshold: 1 })
        ).body
        await bring('sys/rekey/update', nonce, keys[1]!)
        rmSync(folder, { recursive: true })
        await new Promise(resolve => setTimeout(resolve, 300))
        const refused = await bring('sys/rekey/update', nonce, keys[2]!)
        expect(refused.status).to.equal(500)
        expect((await server.put('sys/generate-root/attempt')).status).to.equal(500)
        await server.put('sys/seal')
        await server.restart()
        expect((await server.unseal(keys[0]!, keys[1]!)).body.sealed).to.equal(false)
      })

      /** Neither in any form, nor as a hash of the device. */
      function requireNone(secrets: readonly string[]) {
        const written = text()
        for (const secret of secrets) {
          expect(written).to.not.include(secret)
          expect(written).to.not.include(Buffer.from(secret, 'base64').toString('hex'))
        }
        for (const line of [
          ...lines('sys/generate-root/update'),
          ...lines('sys/rekey/update'),
          ...lines('sys/rekey/verify'),
          ...lines('sys/rotate/root/update'),
          ...lines('sys/generate-root-token/update'),
        ]) {
          const { client_token: _, client_token_accessor: __, ...request } = line.request
          expect(JSON.stringify([request, line.response ?? {}])).to.not.include('hmac-sha256:')
        }
      }
    })
})
