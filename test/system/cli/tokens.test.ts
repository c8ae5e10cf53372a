import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

describe('postern token, lease and login', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
  })
  afterEach(() => line[Symbol.asyncDispose]())

  const as = (token: string) => ({ environment: { POSTERN_TOKEN: token } })

  it('makes a token, looks it up, renews it and ends it', async () => {
    const token = await line.must(
      'token create -ttl=1h -display-name=me -metadata=team=ops -field=token',
    )
    const looked = JSON.parse(await line.must(`token lookup -format=json ${token}`))
    expect(looked.data).to.include({ id: token, display_name: 'token-me', creation_ttl: 3600 })
    expect(looked.data.meta).to.deep.equal({ team: 'ops' })
    expect((await line.run(['token', 'lookup', '-field=id'], as(token))).out).to.equal(token)
    const { accessor } = looked.data
    expect(await line.must(`token lookup -field=display_name -accessor ${accessor}`)).to.equal(
      'token-me',
    )
    expect(
      (await line.run(['token', 'renew', '-increment=2h', '-field=token_duration'], as(token))).out,
    ).to.equal('7200')
    expect(await line.must(`token revoke -accessor ${accessor}`)).to.equal(
      'Success! Revoked token (if it existed)\n',
    )
    expect((await line.run(['token', 'lookup'], as(token))).code).to.equal(2)
  })

  it('ends the token that it uses', async () => {
    const token = await line.must('token create -field=token')
    expect((await line.run(['token', 'revoke', '-self'], as(token))).code).to.equal(0)
    expect((await line.run(['token', 'lookup'], as(token))).code).to.equal(2)
  })

  for (const [words, message] of [
    [[], 'Not enough arguments (expected 1 or -self, got 0)'],
    [['-self', 't'], 'Too many arguments with -self (expected 0, got 1)'],
    [['-self', '-accessor'], 'Cannot use -self with -accessor!'],
    [['-self', '-mode=orphan'], 'Cannot use -self with -mode!'],
    [['-accessor', '-mode=path', 'a'], 'Cannot use -accessor with -mode=path!'],
    [['-mode=x', 'a'], 'invalid value for flag -mode: "x" is not one of orphan, path'],
  ] as const)
    it(`does not end a token with ${words.join(' ') || 'nothing named'}`, async () => {
      expect(await line.run(['token', 'revoke', ...words])).to.deep.equal({
        code: 1,
        out: '',
        err: `${message}\n`,
      })
    })

  it('looks up and ends leases', async () => {
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=root cidr_list=10.0.0.0/8')
    const lease = () => line.must('write -field=lease_id ssh/creds/web ip=10.1.2.3')
    const [id, other] = [await lease(), await lease()]
    expect(await line.must(`lease lookup -field=id ${id}`)).to.equal(id)
    expect((await line.run(['lease', 'renew', id])).err).to.match(
      /^Error renewing .*lease is not renewable\n/s,
    )
    expect(await line.must(`lease revoke ${id}`)).to.equal(
      'All revocation operations queued successfully!\n',
    )
    expect((await line.run(['lease', 'lookup', id])).code).to.equal(2)
    expect(await line.must('lease revoke -prefix -sync ssh/creds/web')).to.equal(
      'Success! Revoked any leases with prefix: ssh/creds/web\n',
    )
    expect((await line.run(['lease', 'lookup', other])).code).to.equal(2)
    expect(await line.run(['lease', 'revoke', '-force', other])).to.deep.equal({
      code: 1,
      out: '',
      err: 'Specifying -force requires also specifying -prefix\n',
    })
  })

  it('keeps a token that is good, for its owner alone', async () => {
    const file = join(line.folder, '.vault-token')
    const nobody = { environment: { POSTERN_TOKEN: '' } }
    expect((await line.run(['login', '-'], { ...nobody, input: 'bad\n' })).code).to.equal(2)
    expect(existsSync(file)).to.equal(false)
    const ended = await line.run(['login', '-'], { ...nobody, input: 'root\n' })
    expect(ended.code).to.equal(0)
    expect(ended.out).to.match(
      /^Success! You are now authenticated.*\ntoken {16}root\n.*\npolicies {13}\["root"\]\n$/s,
    )
    expect(readFileSync(file, 'utf8')).to.equal('root')
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect((await line.run(['token', 'lookup', '-field=id'], nobody)).out).to.equal('root')
  })

  it('gives the token alone, and keeps nothing', async () => {
    const ended = await line.run(['login', '-token-only', 'root'])
    expect(ended).to.deep.equal({ code: 0, out: 'root', err: '' })
    expect(existsSync(join(line.folder, '.vault-token'))).to.equal(false)
  })

  it('does not prompt when it must not', async () => {
    expect(await line.run(['login', '-non-interactive'])).to.deep.equal({
      code: 1,
      out: '',
      err: 'no token was given: enter it at the terminal, or pass "-" and standard input\n',
    })
  })
})
