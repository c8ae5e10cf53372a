import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('The words that users of Vault know', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  it('show a request as a command of curl, which does the same', async () => {
    const words = "write -output-curl-string ssh/roles/web key_type=otp default_user=it's".split(
      ' ',
    )
    const { code, out, err } = await line.run(words)
    expect([code, err]).to.deep.equal([0, ''])
    expect(await line.run(['list', 'ssh/roles'])).to.include({ code: 2 })
    const script = out.replace('$(postern print token)', 'root')
    await promisify(execFile)('sh', ['-c', script.replace(/^curl/, 'curl -sSf --noproxy "*"')])
    expect(await line.must('read -field=default_user ssh/roles/web')).to.equal("it's")
  })

  it('show the policy that a command needs', async () => {
    expect(await line.must('auth enable -output-policy userpass')).to.equal(
      'path "sys/auth/userpass" {\n  capabilities = ["create", "update", "sudo"]\n}\n',
    )
    const nothing = await line.run(['write', '-output-policy', 'ssh/roles/web'])
    expect(nothing).to.deep.equal({ code: 1, out: '', err: 'Must supply data or use -force\n' })
    const none = await line.run(['print', 'token', '-output-policy'])
    expect(none).to.include({ code: 1, err: 'Unable to generate policy from command\n' })
  })

  it('print the token in use', async () => {
    expect(await line.must('print token')).to.equal('root\n')
    writeFileSync(join(line.folder, '.vault-token'), 'hvs.stored', { mode: 0o600 })
    const stored = await line.run(['print', 'token'], { environment: { POSTERN_TOKEN: '' } })
    expect(stored.out).to.equal('hvs.stored\n')
  })

  it('explain how to log in, by type and by path', async () => {
    const byType = await line.must('auth help userpass')
    expect(byType).to.match(/^Usage: postern login -method=userpass username=NAME/)
    await line.must('auth enable -path=people userpass')
    expect(await line.must('auth help people/')).to.equal(byType)
    expect(await line.run(['auth', 'help', 'none'])).to.include({
      code: 1,
      err: 'No auth method available on the server at "none/"\n',
    })
  })

  it('move an auth method', async () => {
    await line.must('auth enable userpass')
    expect(await line.must('auth move userpass people')).to.match(
      /^Started moving .*\nSuccess! Finished moving auth method auth\/userpass\/ to auth\/people\//,
    )
    expect(await line.must('auth list')).to.match(/^people\//m)
  })

  it('enable and tune with all settings that mounts have', async () => {
    await line.must(
      'auth enable -token-type=service -listing-visibility=unauth -audit-non-hmac-request-keys=a userpass',
    )
    await line.must('auth tune -user-lockout-threshold=3 -user-lockout-duration=1m userpass')
    await line.must('auth tune -case-sensitive-aliases=true userpass')
    const { data } = JSON.parse(await line.must('read -format=json sys/auth/userpass/tune'))
    expect(data).to.deep.include({
      token_type: 'service',
      listing_visibility: 'unauth',
      audit_non_hmac_request_keys: ['a'],
      case_sensitive_aliases: true,
    })
    expect(data).to.include({ user_lockout_threshold: 3, user_lockout_duration: 60 })
  })

  it('list the nodes, and ask one to step down', async () => {
    const { Nodes } = JSON.parse(await line.must('operator members -format=json'))
    expect(Nodes).to.have.length(1)
    expect(await line.must('operator members')).to.match(/^Host Name +API Address /)
    expect(await line.must('operator step-down')).to.equal(
      `Success! Stepped down: ${line.address}\n`,
    )
  })

  it('patch, where a server supports that', async () => {
    const { code, err } = await line.run(['patch', 'ssh/roles/web', 'port=22'])
    expect(code).to.equal(2)
    expect(err).to.match(
      /URL: PATCH .*\nCode: 405\. Errors:\n\n\* 1 error occurred:\n\t\* unsupported/,
    )
  })
})
