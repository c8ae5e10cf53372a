import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { programOf, VAULT_CLIENTS } from '../../support/clients.ts'
import { EngineProcess } from '../../support/engine-process.ts'

for (const name of cases(VAULT_CLIENTS))
  describe(`The command line ${name}`, function () {
    this.timeout(60_000)

    const home = mkdtempSync(join(tmpdir(), 'postern-client-'))
    let engine: EngineProcess

    before(async () => {
      engine = await EngineProcess.start()
    })
    after(async () => {
      await engine[Symbol.asyncDispose]()
      rmSync(home, { recursive: true })
    })

    /** Runs a command, and gives its exit code and what it printed. */
    const run = (words: readonly string[], token = engine.token) =>
      new Promise<{ code: number; out: string; err: string }>(resolve => {
        const environment = {
          PATH: process.env.PATH,
          HOME: home,
          VAULT_ADDR: engine.url,
          BAO_ADDR: engine.url,
          ...(token !== '' && { VAULT_TOKEN: token, BAO_TOKEN: token }),
        }
        execFile(programOf(name), words, { env: environment }, (error, out, err) =>
          resolve({ code: error ? Number(error.code) : 0, out, err }),
        )
      })
    const must = async (...words: readonly string[]) => {
      const { code, out, err } = await run(words)
      expect(code, `${words.join(' ')}: ${out}${err}`).to.equal(0)
      return out
    }
    const json = async (...words: readonly string[]) => {
      const [first = '', ...rest] = words
      return JSON.parse(await must(first, '-format=json', ...rest))
    }

    it('shows the status', async () => {
      expect(await json('status')).to.include({ initialized: true, sealed: false })
    })

    it('mounts, tunes, lists and unmounts', async () => {
      await must('secrets', 'enable', '-path=team/ssh', 'ssh')
      await must('secrets', 'tune', '-default-lease-ttl=10m', 'team/ssh')
      const mounts = JSON.parse(await must('secrets', 'list', '-format=json'))
      expect(mounts['team/ssh/'].config.default_lease_ttl).to.equal(600)
      await must('secrets', 'move', 'team/ssh', 'other')
      await must('secrets', 'disable', 'other')
    })

    it('issues a password, looks at its lease and ends it', async () => {
      await must('secrets', 'enable', 'ssh')
      const role = ['key_type=otp', 'default_user=ubuntu', 'cidr_list=10.0.0.0/8']
      await must('write', 'ssh/roles/web', ...role)
      expect(await json('list', 'ssh/roles')).to.deep.equal(['web'])
      const made = await json('write', 'ssh/creds/web', 'ip=10.1.2.3')
      expect(made.data.username).to.equal('ubuntu')
      expect(
        JSON.parse(await must('lease', 'lookup', '-format=json', made.lease_id)).data.id,
      ).to.equal(made.lease_id)
      await must('lease', 'revoke', made.lease_id)
      const verify = await run(['write', 'ssh/verify', `otp=${made.data.key}`])
      expect(verify.code).to.equal(2)
      expect(verify.err).to.include('OTP not found')
    })

    it('signs a key and reads the public key as it is', async () => {
      await must('secrets', 'enable', '-path=ca', 'ssh')
      await must('write', 'ca/config/ca', 'key_type=ssh-ed25519', 'generate_signing_key=true')
      const line = await must('read', '-format=raw', 'ca/public_key')
      expect(line).to.match(/^ssh-ed25519 /)
      writeFileSync(join(home, 'key.pub'), line)
      const role = ['key_type=ca', 'allow_user_certificates=true', 'allowed_users=*']
      await must('write', 'ca/roles/r', ...role)
      const signed = await must(
        ...['write', '-field=signed_key', 'ca/sign/r'],
        ...[`public_key=@${join(home, 'key.pub')}`, 'valid_principals=ann'],
      )
      expect(signed).to.match(/^ssh-ed25519-cert-v01@openssh\.com /)
    })

    it('writes policies, makes tokens and asks what they may do', async () => {
      const file = join(home, 'users.hcl')
      writeFileSync(file, 'path "ssh/creds/*" {\n  capabilities = ["update"]\n}\n')
      await must('policy', 'write', 'users', file)
      expect((await must('policy', 'read', 'users')).trim()).to.equal(
        readFileSync(file, 'utf8').trim(),
      )
      expect((await must('policy', 'list')).split('\n')).to.include.members(['default', 'users'])
      const { auth } = JSON.parse(
        await must('token', 'create', '-format=json', '-policy=users', '-ttl=1h'),
      )
      const capabilities = await must('token', 'capabilities', auth.client_token, 'ssh/creds/web')
      expect(capabilities.trim()).to.equal('update')
      expect((await run(['read', 'ssh/roles/web'], auth.client_token)).code).to.equal(2)
      await must('token', 'renew', auth.client_token)
      await must('token', 'revoke', auth.client_token)
      expect((await run(['token', 'lookup'], auth.client_token)).code).to.equal(2)
      await must('policy', 'delete', 'users')
    })

    it('logs in with a name and a password', async () => {
      await must('auth', 'enable', 'userpass')
      await must('write', 'auth/userpass/users/ann', 'password=correct horse', 'policies=default')
      const words = ['login', '-no-store', '-token-only', '-method=userpass']
      const good = await run([...words, 'username=ann', 'password=correct horse'], '')
      expect(good.out.trim()).to.match(/^hvs\./)
      const bad = await run([...words, 'username=ann', 'password=wrong'], '')
      expect(bad.code).to.equal(2)
      await must('auth', 'disable', 'userpass')
    })

    it('wraps a password, and unwraps it once', async () => {
      const wrapped = JSON.parse(
        await must('write', '-format=json', '-wrap-ttl=60s', 'ssh/creds/web', 'ip=10.1.2.3'),
      )
      const { token } = wrapped.wrap_info
      const { data } = JSON.parse(await must('unwrap', '-format=json', token))
      expect((await json('write', 'ssh/verify', `otp=${data.key}`)).data.ip).to.equal('10.1.2.3')
      expect((await run(['unwrap', token])).code).to.equal(2)
    })

    it('enables an audit device', async () => {
      await must('audit', 'enable', 'file', `file_path=${join(engine.folder, 'audit.log')}`)
      const devices = JSON.parse(await must('audit', 'list', '-format=json'))
      expect(devices['file/'].type).to.equal('file')
      await must('audit', 'disable', 'file')
    })

    it('explains a path', async () => {
      expect(await must('path-help', 'ssh/creds/web')).to.include('Creates a credential')
    })
  })
