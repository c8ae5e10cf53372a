import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { programOf, VAULT_CLIENTS } from '../../support/clients.ts'
import { sealable } from '../../support/sealable.ts'

for (const name of cases(VAULT_CLIENTS))
  describe(`Shares brought with ${name}`, function () {
    this.timeout(60_000)
    const home = mkdtempSync(join(tmpdir(), 'postern-ceremonies-'))
    let server: Awaited<ReturnType<typeof sealable>>
    let keys: readonly string[]

    beforeEach(async () => {
      server = await sealable()
      keys = (await server.init({ secret_shares: 3, secret_threshold: 2 })).body.keys_base64
      await server.unseal(keys[0]!, keys[1]!)
    })
    afterEach(() => server[Symbol.asyncDispose]())
    after(() => rmSync(home, { recursive: true }))

    /** Runs `operator …`, and gives its exit code and all that it printed. */
    const operator = (words: readonly string[], token = server.token) =>
      new Promise<{ code: number; said: string }>(resolve => {
        const env = {
          ...{ PATH: process.env.PATH, HOME: home },
          ...{ VAULT_ADDR: server.address, BAO_ADDR: server.address },
          ...(token !== '' && { VAULT_TOKEN: token, BAO_TOKEN: token }),
        }
        execFile(programOf(name), ['operator', ...words], { env }, (error, out, err) =>
          resolve({ code: error ? Number(error.code) : 0, said: out + err }),
        )
      })
    async function must(words: readonly string[], token?: string): Promise<string> {
      const { code, said } = await operator(words, token)
      expect(code, said).to.equal(0)
      return said
    }
    const nonceIn = (said: string) => /Nonce\s+(\S+)/.exec(said)?.[1] ?? ''

    it('make a root token', async () => {
      // OpenBao's asks at the path that takes a token, since 2.7
      const token = name === 'bao' ? server.token : ''
      const begun = await must(['generate-root', '-init'], token)
      const [nonce, otp] = [nonceIn(begun), /OTP\s+(\S+)/.exec(begun)?.[1] ?? '']
      await must(['generate-root', `-nonce=${nonce}`, keys[0]!], token)
      const wrong = await operator(
        ['generate-root', `-nonce=${nonce}`, `${'A'.repeat(43)}=`],
        token,
      )
      expect(wrong.code).to.not.equal(0)
      expect((await operator(['generate-root', '-cancel'], '')).code).to.not.equal(0)
      expect(await must(['generate-root', '-status'], token)).to.match(/Progress\s+1\/2/)
      const done = await must(['generate-root', `-nonce=${nonce}`, keys[2]!], token)
      const encoded = /Encoded Token\s+(\S+)/.exec(done)?.[1] ?? ''
      const made = (
        await must(['generate-root', `-decode=${encoded}`, `-otp=${otp}`], token)
      ).trim()
      server.use(made)
      expect((await server.get('auth/token/lookup-self')).status).to.equal(200)
      await must(['generate-root', '-init'], token)
      await must(['generate-root', '-cancel'], token)
    })

    it('become others, and are verified', async () => {
      const init = ['rekey', '-init', '-key-shares=3', '-key-threshold=2', '-verify']
      expect((await operator(init, '')).code).to.not.equal(0)
      await must(init)
      expect((await operator(['rekey', '-cancel'], '')).code).to.not.equal(0)
      await must(['rekey', '-cancel'])
      const nonce = nonceIn(await must(init))
      await must(['rekey', `-nonce=${nonce}`, keys[0]!], '')
      const done = await must(['rekey', `-nonce=${nonce}`, keys[1]!], '')
      const fresh = [...done.matchAll(/Key \d+: (\S+)/g)].map(([, key = '']) => key)
      expect(fresh).to.have.length(3)
      const verify = async (key: string) => {
        const { body } = await server.get('sys/rekey/verify')
        return await must(['rekey', '-verify', `-nonce=${body.nonce}`, key], '')
      }
      await verify(fresh[0]!)
      await must(['rekey', '-verify', '-cancel'])
      await verify(fresh[0]!)
      await verify(fresh[2]!)
      await server.put('sys/seal')
      expect((await server.unseal(fresh[1]!, fresh[2]!)).body.sealed).to.equal(false)
    })

    if (name === 'bao')
      it('become others by a token, as OpenBao has it since 2.5', async () => {
        const init = ['rotate-keys', '-init', '-key-shares=3', '-key-threshold=2', '-verify']
        expect((await operator(init, '')).code).to.not.equal(0)
        await must(init)
        expect(await must(['rotate-keys', '-status'])).to.match(/Progress\s+0\/2/)
        await must(['rotate-keys', '-cancel'])
        const nonce = nonceIn(await must(init))
        expect(
          (await operator(['rotate-keys', `-nonce=${nonce}`, keys[0]!], '')).code,
        ).to.not.equal(0)
        await must(['rotate-keys', `-nonce=${nonce}`, keys[0]!])
        const done = await must(['rotate-keys', `-nonce=${nonce}`, keys[1]!])
        const fresh = [...done.matchAll(/Key \d+: (\S+)/g)].map(([, key = '']) => key)
        expect(fresh).to.have.length(3)
        const { nonce: next } = (await server.get('sys/rotate/root/verify')).body.data
        for (const key of fresh.slice(0, 2))
          await must(['rotate-keys', '-verify', `-nonce=${next}`, key])
        const backup = await operator(['rotate-keys', '-backup-retrieve'])
        expect(backup.said).to.include('no backed-up keys found')
        await must(['rotate-keys', '-backup-delete'])
        await server.put('sys/seal')
        expect((await server.unseal(fresh[1]!, fresh[2]!)).body.sealed).to.equal(false)
      })
  })
