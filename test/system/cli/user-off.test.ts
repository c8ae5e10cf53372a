import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'
import { runExamples, tokenOf } from './examples.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGq5o3ImpsB0PLSb9ZyGXQZk3rX6YB6LNmMOPv1nZ3nT'

describe('postern user off', () => {
  let line: CommandLine
  let admin = ''
  before(async () => {
    line = await commandLine()
    writeFileSync(join(line.folder, 'password'), 'correct-horse')
    await line.must('secrets enable ssh')
    await line.must('write ssh/config/ca generate_signing_key=true key_type=ed25519')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    await line.must(
      'write ssh/roles/signs key_type=ca allow_user_certificates=true default_user=ubuntu allowed_users=ubuntu',
    )
    await line.must('auth enable userpass')
    await line.run(['policy', 'write', 'user', '-'], {
      input:
        'path "ssh/+/+" { capabilities = ["update"] }\npath "auth/token/create*" { capabilities = ["update", "sudo"] }',
    })
    admin = await tokenOf(line, 'leaver')
  })
  after(() => line[Symbol.asyncDispose]())

  const as = (token: string, ...words: readonly string[]) =>
    line.run(words, { environment: { POSTERN_TOKEN: token } })

  /** A new user who has logged in. */
  async function loggedIn(name: string) {
    await line.must(
      `write auth/userpass/users/${name} password=@${line.folder}/password policies=user`,
    )
    const login = `write -field=token auth/userpass/login/${name} password=@${line.folder}/password`
    const token = (await as('', ...login.split(' '))).out
    return { token, login: () => as('', ...login.split(' ')) }
  }

  it('ends tokens, leases and certificates, and lists what it left, and can be run again', async () => {
    const ann = await loggedIn('ann')
    const child = (await as(ann.token, 'token', 'create', '-field=token')).out
    const orphan = (await as(ann.token, 'token', 'create', '-orphan', '-field=token_accessor')).out
    await as(child, 'write', 'ssh/creds/web', 'ip=10.1.2.3')
    const signed = await as(
      ann.token,
      ...['write', '-field=serial_number', 'ssh/sign/signs', `public_key=${KEY}`],
    )
    expect(signed.code, signed.err).to.equal(0)

    const { code, out, err } = await as(admin, 'user', 'off', 'ann')
    expect(err).to.equal('')
    expect(out.replace(/[0-9a-f-]{36}/g, 'ID')).to.equal(
      `Disabled the entity entity_X (ID).
Revoked 2 tokens, with all leases.
Revoked 1 certificate at ssh/. Hosts refuse them once they have version 1 of the list.
No key is left on a host of ssh/.
Looked for other ways to log in.

Still open:
  * orphan token ID (token), made by the user: postern token revoke -accessor ID
`.replace('entity_X', /entity_\w+/.exec(out)?.[0] ?? ''),
    )
    expect(code).to.equal(1)
    expect(out).to.include(orphan)
    for (const token of [ann.token, child])
      expect((await as(token, 'token', 'lookup')).err).to.include('permission denied')
    expect((await ann.login()).code).to.equal(2)
    expect((await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).code).to.equal(2)
    expect(await line.must(`read -field=state ssh/certs/${signed.out}`)).to.equal('revoked')

    await line.must(`token revoke -accessor ${orphan}`)
    const again = await as(admin, 'user', 'off', '-format=json', 'ann')
    expect(again.code, again.err).to.equal(0)
    const told = JSON.parse(again.out)
    expect(told.done).to.include('Revoked 0 tokens, with all leases.')
    expect(told).to.deep.include({ failed: [], open: [], remarks: [] })
  })

  it('goes on where one step fails, and says which', async () => {
    await line.must('write identity/entity name=bob')
    const narrow = await tokenOf(
      line,
      'narrow',
      `path "identity/*" { capabilities = ["read", "update"] }
       path "sys/+" { capabilities = ["read"] }
       path "auth/token/revoke-entity" { capabilities = ["update", "sudo"] }
       path "ssh/dynamic/keys" { capabilities = ["list"] }`,
    )
    const { code, out, err } = await as(narrow, 'user', 'off', 'bob')
    expect(code).to.equal(2)
    expect(err).to.match(/^Error revoking certificates at ssh\/: .*permission denied/s)
    expect(out)
      .to.match(/^Revoked 0 tokens,/m)
      .and.match(/^No key is left/m)
  })

  it('refuses a user that is not there, the one who runs it, and whoever lacks the rights', async () => {
    const nobody = await as(admin, 'user', 'off', 'nobody')
    expect(nobody.code).to.equal(2)
    expect(nobody.err).to.match(/^There is no entity and no user of an auth method/)
    const cyd = await loggedIn('cyd')
    expect((await as(cyd.token, 'user', 'off', 'ann')).err).to.include('permission denied')
    await line.run(['policy', 'write', 'user', '-'], {
      input: 'path "*" { capabilities = ["read", "update", "sudo", "list"] }',
    })
    const self = await as(cyd.token, 'user', 'off', 'cyd')
    expect([self.code, self.err]).to.match(/^1,entity_\w+ is you/)
    expect((await as(cyd.token, 'token', 'lookup')).code).to.equal(0)
  })

  it('names namesakes in other auth methods, and those that the user never used', async () => {
    await line.must('auth enable -path=second userpass')
    const told = await as(admin, 'user', 'off', 'cyd')
    expect(told.code).to.equal(0)
    expect(told.out).to.match(/^The user has never logged in with second\/: /m)
    const id = await line.must('write -field=id identity/entity name=namesake')
    const accessor = JSON.parse(await line.must('read -format=json sys/auth')).data['second/']
      .accessor
    await line.must(
      `write identity/entity-alias name=cyd canonical_id=${id} mount_accessor=${accessor}`,
    )
    const ambiguous = await as(admin, 'user', 'off', 'cyd')
    expect(ambiguous.err).to.match(/^"cyd" is the name of several users in auth methods/)
    const one = await as(admin, 'user', 'off', id)
    expect(one.code).to.equal(1)
    expect(one.out).to.match(/\* "cyd" in userpass\/ is the entity entity_\w+: if it is the same/)
  })

  it('has examples that an administrator can run', async () => {
    for (const ended of await runExamples(line, 'user off', { token: admin }))
      expect(ended.code, ended.err).to.equal(0)
  })
})
