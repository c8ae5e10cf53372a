import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { breakingOff } from '../../support/breaking-off.ts'
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
    const made = JSON.parse(
      (await as(ann.token, 'token', 'create', '-orphan', '-format=json')).out,
    ).auth
    const orphan = made.accessor
    await as(child, 'write', 'ssh/creds/web', 'ip=10.1.2.3')
    const signed = await as(
      ann.token,
      ...['write', '-field=serial_number', 'ssh/sign/signs', `public_key=${KEY}`],
    )
    expect(signed.code, signed.err).to.equal(0)
    const key = KEY.replace('nT', 'n0')
    const left = await as(
      made.client_token,
      ...['write', '-field=serial_number', 'ssh/sign/signs', `public_key=${key}`],
    )
    expect(left.code, left.err).to.equal(0)

    const { code, out, err } = await as(admin, 'user', 'off', 'ann')
    expect(err).to.equal('')
    expect(out.replace(/[0-9a-f-]{36}/g, 'ID').replace(/[0-9a-f]{16}/g, 'SERIAL')).to.equal(
      `Disabled the entity entity_X (ID).
Revoked 2 tokens, with all leases.
Revoked 1 certificate at ssh/. Hosts refuse them once they have version 1 of the list.
No key is left on a host of ssh/.
Looked for enrolment tokens at ssh/.
Looked for other ways to log in.

Still open:
  * orphan token ID (token, auth/token/create), made by the user: postern token revoke -accessor ID
  * certificate SERIAL, requested by an orphan token of the user: postern certs revoke -mount=ssh/ SERIAL
Sessions on hosts go on until they end, and connections that are shared (ControlMaster) take more: end the processes of sshd there.
Who made the token ID (root, auth/token/root), or knows it, is not known. If the user did: postern token revoke -accessor ID
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
    await line.must(`certs revoke -mount=ssh/ ${left.out}`)
    const again = await as(admin, 'user', 'off', '-format=json', 'ann')
    expect(again.code, again.err).to.equal(0)
    const told = JSON.parse(again.out)
    expect(told.done).to.include('Revoked 0 tokens, with all leases.')
    expect(told).to.deep.include({ failed: [], open: [] })
    expect(told.remarks).to.have.lengthOf(2)
  })

  it('goes on where one step fails, and says which', async () => {
    await line.must('write identity/entity name=bob')
    const narrow = await tokenOf(
      line,
      'narrow',
      `path "identity/*" { capabilities = ["update"] }
       path "sys/+" { capabilities = ["read"] }
       path "auth/token/revoke-entity" { capabilities = ["update", "sudo"] }
       path "ssh/enroll-tokens" { capabilities = ["list"] }
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
    for (const name of ['../../../sys/mounts', 'id/../name', 'a/b', '?list=true', '..'])
      expect((await as(admin, 'user', 'off', name)).err).to.match(/^There is no entity and no user/)
    const empty = await as(admin, 'user', 'off', ' ')
    expect([empty.code, empty.err]).to.deep.equal([1, 'The name is empty.\n'])
    expect((await line.run(['list', 'identity/entity/name'])).out).to.not.match(/sys|mounts/)
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

  it('names what other entities have at a method where the user has another name', async () => {
    await line.must('auth enable -path=third userpass')
    const accessors = JSON.parse(await line.must('read -format=json sys/auth')).data
    const dan = await line.must('write -field=id identity/entity name=dan')
    const other = await line.must('write -field=id identity/entity name=other')
    const alias = (name: string, id: string, at: string) =>
      line.must(
        `write identity/entity-alias name=${name} canonical_id=${id} mount_accessor=${accessors[at].accessor}`,
      )
    await alias('d.miller', dan, 'userpass/')
    await alias('dan', other, 'userpass/')
    const told = await as(admin, 'user', 'off', dan)
    expect(told.out).to.match(/\* "dan" in userpass\/ is the entity other: if it is the same/)
    expect(told.code).to.equal(1)
  })

  it('refuses the user who runs it, whose entity was merged into another', async () => {
    const eve = await loggedIn('eve')
    const { entity_id: from } = JSON.parse(
      (await as(eve.token, 'token', 'lookup', '-format=json')).out,
    ).data
    const into = await line.must('write -field=id identity/entity name=eva')
    await line.must(`write identity/entity/merge to_entity_id=${into} from_entity_ids=${from}`)
    const self = await as(eve.token, 'user', 'off', 'eva')
    expect([self.code, self.err]).to.deep.equal([
      1,
      'eva is you: let another administrator do it\n',
    ])
  })

  /** Ends a user over a way that breaks off, and then again. Says whether it had no chance to. */
  async function endsAll(name: string, after: number): Promise<boolean> {
    const user = await loggedIn(name)
    await as(user.token, 'token', 'create', '-orphan')
    await as(user.token, 'write', 'ssh/creds/web', 'ip=10.1.2.3')
    const signed = await as(
      user.token,
      ...['write', '-field=serial_number', 'ssh/sign/signs', `public_key=${KEY}`],
    )
    await using way = await breakingOff(line.address, after)
    const first = await as(admin, 'user', 'off', `-address=${way.address}`, name)
    const again = await as(admin, 'user', 'off', '-format=json', name)
    expect([again.code, again.err]).to.deep.equal([1, ''])
    const { open, done } = JSON.parse(again.out)
    expect(open.join('\n')).to.match(/^orphan token [^\n]*$/)
    expect(done[0]).to.match(/^Disabled the entity/)
    expect((await user.login()).code).to.equal(2)
    expect((await as(user.token, 'token', 'lookup')).code).to.equal(2)
    expect((await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).code).to.equal(2)
    expect(await line.must(`read -field=state ssh/certs/${signed.out}`)).to.equal('revoked')
    return first.code === 1
  }

  it('ends all of it when it is run again after it was broken off', async () => {
    await line.run(['policy', 'write', 'user', '-'], {
      input:
        'path "ssh/+/+" { capabilities = ["update"] }\npath "auth/token/create*" { capabilities = ["update", "sudo"] }',
    })
    expect(await endsAll('gil', 4)).to.equal(false)
  })

  if (process.env.POSTERN_TEST_LONG)
    it('ends all of it wherever that was', async function () {
      this.timeout(300_000)
      let at = 0
      while (!(await endsAll(`user-${at}`, at))) at++
      expect(at).to.be.greaterThan(4)
    })

  it('names enrolment tokens that the user has issued', async () => {
    await line.run(['policy', 'write', 'user', '-'], {
      input:
        'path "ssh/+/+" { capabilities = ["update"] }\npath "ssh/enroll-tokens" { capabilities = ["update"] }',
    })
    const fay = await loggedIn('fay')
    const issued = await as(
      fay.token,
      ...['write', '-field=token_id', 'ssh/enroll-tokens', 'name=web-*', 'count=2'],
    )
    expect(issued.code, issued.err).to.equal(0)
    const told = await as(admin, 'user', 'off', 'fay')
    const [, end = ''] = /enrolment token that .*: postern (delete ssh\/.*)$/m.exec(told.out) ?? []
    expect(end).to.include(issued.out)
    expect(told.code).to.equal(1)
    await line.must(end)
    expect((await as(admin, 'user', 'off', 'fay')).code).to.equal(0)
  })

  it('has examples that an administrator can run', async () => {
    for (const ended of await runExamples(line, 'user off', { token: admin }))
      expect(ended.code, ended.err).to.equal(0)
  })
})
