import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

const NOT_KEPT = 'The token was not stored. Set POSTERN_TOKEN or VAULT_TOKEN to use it.\n\n'

describe('postern auth, login and unwrap', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
  })
  afterEach(() => line[Symbol.asyncDispose]())

  it('enables, lists, tunes, moves and disables auth methods', async () => {
    expect(await line.must('auth enable -path=people -description=us userpass')).to.equal(
      'Success! Enabled userpass auth method at: people/\n',
    )
    expect(await line.must('auth tune -default-lease-ttl=1h people')).to.equal(
      'Success! Tuned the auth method at: people/\n',
    )
    expect(await line.must('auth list')).to.match(
      /^Path +Type +Accessor +Description\n-+ +-+ +-+ +-+\npeople\/ +userpass +auth_userpass_[0-9a-f]{8} +us\ntoken\/ /,
    )
    expect(await line.must('auth list -detailed')).to.match(
      /\npeople\/ +userpass +\S+ +us +3600 +system +default-service\n/,
    )
    expect(await line.must('secrets move auth/people auth/folk')).to.match(
      /^Started moving .*\nSuccess! Finished moving secrets engine auth\/people\/ to auth\/folk\/, with migration ID \S{36}\n$/,
    )
    expect(await line.must('auth disable folk/')).to.equal(
      'Success! Disabled the auth method (if it existed) at: folk/\n',
    )
    expect(Object.keys(JSON.parse(await line.must('auth list -format=json')))).to.deep.equal([
      'token/',
    ])
  })

  it('logs in with a name and a password, and keeps the token', async () => {
    await line.must('auth enable -path=people userpass')
    await line.must('write auth/people/users/ann password=s3cret token_policies=web')
    const environment = { POSTERN_TOKEN: '' }
    const { code, out, err } = await line.run(
      ['login', '-method=userpass', '-path=people', 'username=ann', 'password=-'],
      { environment, input: 's3cret' },
    )
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.match(/^Success! You are now authenticated\./)
    expect(out).to.match(/\ntoken_policies +\["default" "web"\]\n/)
    expect(out).to.match(/\ntoken_meta_username +ann\n/)
    const kept = readFileSync(join(line.folder, '.vault-token'), 'utf8')
    const looked = await line.run(['token', 'lookup', '-field=display_name'], { environment })
    expect(looked.out).to.equal('people-ann')
    expect(out).to.include(kept)
  })

  it('takes passwords from lines of files', async () => {
    await line.must('auth enable userpass')
    const password = join(line.folder, 'password')
    writeFileSync(password, 's3cret\n')
    await line.must(`write auth/userpass/users/ann password=@${password}`)
    for (const word of ['password=s3cret', 'password=-', `password=@${password}`]) {
      const words = ['login', '-no-store', '-method=userpass', 'username=ann', word]
      const { code, err } = await line.run(words, { input: 's3cret\n' })
      expect([word, code, err]).to.deep.equal([word, 0, NOT_KEPT])
    }
  })

  it('logs machines in', async () => {
    await line.must('auth enable approle')
    await line.must('write -force auth/approle/role/web')
    const roleId = await line.must('read -field=role_id auth/approle/role/web/role-id')
    const secretId = await line.must(
      'write -force -field=secret_id auth/approle/role/web/secret-id',
    )
    const file = join(line.folder, 'secret-id')
    writeFileSync(file, secretId)
    const token = await line.must(
      `login -method=approle -token-only role_id=${roleId} secret_id=@${file}`,
    )
    expect(token).to.match(/^hvs\./)
  })

  for (const [words, message] of [
    [['-method=kerberos'], /^Unknown auth method: kerberos\. Use one of token, userpass, /],
    [['-method=userpass'], /^'username' must be given/],
    [['-method=userpass', '-non-interactive', 'username=x'], /^no password was given/],
    [['-method=approle'], /^'role_id' must be given/],
    [['-method=jwt', '-non-interactive'], /^no token was given/],
    [['a', 'b'], /^Too many arguments/],
    [['-no-store', '-no-print', 'root'], /cannot be used together/],
  ] as const)
    it(`does not log in with ${words.join(' ')}`, async () => {
      const { code, err } = await line.run(['login', ...words])
      expect(code).to.equal(1)
      expect(err).to.match(message)
    })

  it('says that a login was refused', async () => {
    await line.must('auth enable userpass')
    const words = ['login', '-method=userpass', 'username=ann', 'password=x']
    const { code, err } = await line.run(words)
    expect(code).to.equal(2)
    expect(err).to.match(/^Error authenticating: /)
    expect(err).to.include('invalid username or password')
  })

  it('wraps an answer, and gets it once', async () => {
    const token = await line.must('token create -wrap-ttl=1m -ttl=1h -field=wrapping_token')
    const nobody = { environment: { POSTERN_TOKEN: '' } }
    const got = await line.run(['unwrap', '-field=token', token], nobody)
    expect([got.code, got.err]).to.deep.equal([0, ''])
    expect(got.out).to.match(/^hvs\./)
    const again = await line.run(['unwrap', token], nobody)
    expect(again.code).to.equal(2)
    expect(again.err).to.include('wrapping token is not valid or does not exist')
    const second = await line.must('token create -wrap-ttl=1m -field=wrapping_token')
    expect(
      (await line.run(['unwrap', '-field=token'], { environment: { POSTERN_TOKEN: second } })).out,
    ).to.match(/^hvs\./)
  })

  it('wraps a login', async () => {
    await line.must('auth enable userpass')
    await line.must('write auth/userpass/users/ann password=s3cret')
    const wrapped = await line.must(
      'login -method=userpass -wrap-ttl=1m -field=wrapping_token username=ann password=s3cret',
    )
    const { auth } = JSON.parse(await line.must(`unwrap -format=json ${wrapped}`))
    expect(auth.metadata).to.deep.equal({ username: 'ann' })
  })
})
