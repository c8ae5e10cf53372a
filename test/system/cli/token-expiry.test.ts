import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { atTerminal, requireTerminal } from './at-terminal.ts'
import { type CommandLine, commandLine, MAIN } from './command-line.ts'

const QUESTION =
  'Your token has expired, was revoked, or may not be used from this address. Log in again with userpass at people/ as ann? [Y/n] '
const PASSWORD = 'Password (will be hidden): '
const AGAIN = [
  [QUESTION, 'y\r'],
  [PASSWORD, 's3cret\r'],
] as const

const READ = ['read', '-field=port', 'ssh/roles/web']

describe('A token that expires', () => {
  let line: CommandLine
  const state = (name: string) =>
    readFileSync(join(line.folder, '.local/state/postern', name), 'utf8')
  const kept = () => readFileSync(join(line.folder, '.vault-token'), 'utf8')
  const ANN = { environment: { POSTERN_TOKEN: '' } }

  before(async function () {
    this.timeout(60_000)
    requireTerminal()
    line = await commandLine()
    await line.must('auth enable -path=people userpass')
    const input = 'path "ssh/roles/web" { capabilities = ["read", "update"] }'
    await line.run(['policy', 'write', 'web', '-'], { input })
    await line.must('write auth/people/users/ann password=s3cret token_policies=web token_ttl=1h')
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    const words = ['login', '-method=userpass', '-path=people', '-no-print', 'username=ann']
    const ended = await line.run([...words, 'password=-'], { ...ANN, input: 's3cret' })
    expect(ended).to.include({ code: 0, err: '' })
  })
  after(() => line[Symbol.asyncDispose]())

  const type = (
    words: readonly string[],
    answers: Parameters<typeof atTerminal>[0] = [],
    redirection = '',
  ) =>
    atTerminal(answers, {
      words: [process.execPath, MAIN, ...words],
      environment: { ...line.environment, ...ANN.environment },
      redirection,
    })
  const revoke = () => line.must(`token revoke ${kept()}`)

  it('keeps nothing secret of a login but the token', () => {
    for (const text of [state('token.json'), state('logins.json')])
      for (const secret of ['s3cret', kept()]) expect(text).to.not.include(secret)
    expect(Object.values(JSON.parse(state('logins.json')))).to.deep.equal([
      { method: 'userpass', mount: 'people', given: { username: 'ann' } },
    ])
  })

  it('has its end noted from the replies to lookups and renewals', async () => {
    await line.run(['token', 'renew', '-increment=2h'], ANN)
    expect(JSON.parse(state('token.json')).lifetime).to.deep.equal({
      ...{ ttl: 7200, granted: 7200, renewable: true },
    })
    await line.run(['token', 'lookup'], ANN)
    const { lifetime } = JSON.parse(state('token.json'))
    expect(lifetime.ttl).to.be.within(7000, 7200)
    expect(lifetime.granted).to.equal(3600)
  })

  it('offers the login again, and goes on with a write of standard input', async () => {
    const before = kept()
    await revoke()
    const data = join(line.folder, 'role.json')
    writeFileSync(data, '{"key_type":"otp","default_user":"debian","cidr_list":"10.0.0.0/8"}')
    const { code, shown } = await type(['write', 'ssh/roles/web', '-'], AGAIN, `< ${data}`)
    expect([code, shown]).to.deep.equal([
      0,
      `${QUESTION}y\n${PASSWORD}\nSuccess! Data written to: ssh/roles/web\n`,
    ])
    expect(kept()).to.not.equal(before)
    expect(await line.must('read -field=default_user ssh/roles/web')).to.equal('debian')
  })

  it('offers nothing for a live token whose policies do not allow it', async () => {
    const { code, shown } = await type(['read', 'ssh/roles/db'])
    expect(code).to.equal(2)
    expect(shown).to.include('The policies of your token do not allow "read" on ssh/roles/db')
    expect(shown).to.not.include('Log in')
  })

  it('is forgotten when it is revoked, and asked for once more', async () => {
    expect((await line.run(['token', 'revoke', '-self'], ANN)).code).to.equal(0)
    expect(kept).to.throw('ENOENT')
    const question = 'There is no token. Log in again with userpass at people/ as ann? [Y/n] '
    const refused = await type(READ, [
      [question, '\r'],
      [PASSWORD, 'wrong\r'],
    ])
    expect(refused.code).to.equal(2)
    expect(refused.shown).to.match(/invalid username or password[\s\S]*No token was sent/)
    expect(refused.shown.split('Log in again with')).to.have.length(2)
  })

  it('ends the command unasked where nobody is at a terminal', async () => {
    writeFileSync(join(line.folder, '.vault-token'), 'dead', { mode: 0o600 })
    const { code, out, err } = await line.run(READ, ANN)
    expect([code, out]).to.deep.equal([2, ''])
    expect(err).to.include('Log in again, for example with')
    for (const [words, redirection] of [
      [READ, `> ${line.folder}/result`],
      [[...READ, '-non-interactive'], ''],
    ] as const) {
      const ended = await type(words, [], redirection)
      expect([ended.code, ended.shown.includes('[Y/n]')], ended.shown).to.deep.equal([2, false])
    }
  })
})
