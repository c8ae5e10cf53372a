import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { DevBao } from '../../support/dev-bao.ts'
import { type CommandLine, commandLine } from '../cli/command-line.ts'

/** Roles of the large server. */
const MANY = 200

const OTP = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
const CA = {
  key_type: 'ca',
  allow_user_certificates: true,
  allowed_users: 'ubuntu',
  default_extensions: { 'permit-pty': '' },
  allowed_user_key_lengths: { rsa: [2048, 4096], ed25519: [256] },
  ttl: '1h',
}

describe('postern import from OpenBao', function () {
  this.timeout(60_000)
  let bao: DevBao
  let line: CommandLine

  beforeEach(async () => {
    bao = await DevBao.start()
    line = await commandLine()
    writeFileSync(join(line.folder, 'token'), 'root', { mode: 0o600 })
    await bao.write('sys/mounts/ssh', { type: 'ssh' })
    await bao.write('ssh/roles/web', OTP)
  })
  afterEach(async () => {
    await bao[Symbol.asyncDispose]()
    await line[Symbol.asyncDispose]()
  })

  const importing = (...more: readonly string[]) =>
    line.run([
      ...['import', `-from=${bao.address}`, `-from-token-file=${join(line.folder, 'token')}`],
      ...more,
    ])
  async function imported(...more: readonly string[]): Promise<string> {
    const { code, out, err } = await importing('-apply', ...more)
    expect(code, out + err).to.equal(0)
    return out
  }

  it('takes over mounts, roles, a CA, users, identities and policies, twice without harm', async () => {
    await withCa(bao, line.folder)
    await withIdentities(bao)
    const first = await imported(`-ca-key=${join(line.folder, 'ca')}`)
    expect(first).to.match(/^ {2}secret\/\n {6}Postern has nothing of the type kv\./m)
    await expectTaken(line)
    const again = await imported()
    expect(again).to.match(/^0 to create, 0 to change, \d+ the same\.$/m)
  })

  it('shows what has changed since, and brings only that', async () => {
    await imported()
    await line.must('write ssh/roles/own key_type=otp default_user=ubuntu')
    await bao.write('ssh/roles/web', { ...OTP, cidr_list: '10.1.0.0/16' })
    const { out } = await importing()
    expect(out).to.include('~ ssh/roles/web\n      cidr_list: 10.0.0.0/8 → 10.1.0.0/16\n')
    await imported()
    expect(await line.must('read -field=cidr_list ssh/roles/web')).to.equal('10.1.0.0/16')
    expect(await line.must('list ssh/roles')).to.match(/^own$/m)
  })

  if (process.env.POSTERN_TEST_LONG)
    it(`takes over ${MANY} roles, twice`, async function () {
      this.timeout(300_000)
      for (let at = 0; at < MANY; at++)
        await bao.write(`ssh/roles/r${at}`, at % 2 ? OTP : { ...CA, allowed_users: `u${at}` })
      expect(await imported()).to.match(new RegExp(`^${MANY + 2} to create, `, 'm'))
      const names = JSON.parse(await line.must('list -format=json ssh/roles'))
      expect(names).to.have.length(MANY + 1)
      expect(await imported()).to.match(new RegExp(`^0 to create, 0 to change, ${MANY + 2} `, 'm'))
    })
})

/** A CA whose private key its owner has, in the file `ca`, and a role that names its issuer. */
async function withCa(bao: DevBao, folder: string): Promise<void> {
  const file = join(folder, 'ca')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  await bao.write('sys/mounts/team/sign', { type: 'ssh', description: 'certificates' })
  await bao.write('team/sign/issuers/import/main', {
    private_key: readFileSync(file, 'utf8'),
    public_key: readFileSync(`${file}.pub`, 'utf8'),
  })
  await bao.write('team/sign/roles/people', { ...CA, issuer_ref: 'main' })
}

/** Two users, one of them in a group, and a policy that names the accessor of their auth method. */
async function withIdentities(bao: DevBao): Promise<void> {
  await bao.write('sys/auth/userpass', { type: 'userpass' })
  await bao.write('sys/auth/approle', { type: 'approle' })
  await bao.write('auth/userpass/users/ann', { password: 'correct horse', token_ttl: '1h' })
  await bao.write('auth/approle/role/ci', { token_policies: 'default', secret_id_num_uses: 3 })
  await bao.write('auth/approle/role/ci/secret-id', {})
  await bao.write('identity/entity', { name: 'ann', metadata: { team: 'web' } })
  const accounts = JSON.parse(await bao.run(['auth', 'list', '-format=json']))
  const { accessor } = accounts['userpass/']
  const id = (await bao.run(['read', '-field=id', 'identity/entity/name/ann'])).trim()
  const alias = { name: 'ann', canonical_id: id, mount_accessor: accessor }
  await bao.write('identity/entity-alias', alias)
  await bao.write('identity/group', { name: 'ops', member_entity_ids: [id], policies: ['own'] })
  const name = `{{identity.entity.aliases.${accessor}.name}}`
  const policy = `path "cubbyhole/${name}" {\n  capabilities = ["read"]\n}\n`
  await bao.write('sys/policies/acl/own', { policy })
}

async function expectTaken(line: CommandLine): Promise<void> {
  const role = JSON.parse(await line.must('read -format=json team/sign/roles/people')).data
  expect(role.allowed_user_key_lengths).to.deep.equal(CA.allowed_user_key_lengths)
  expect(role.ttl).to.equal(3600)
  const key = join(line.folder, 'ca')
  const lines = ['read', '-format=raw', 'team/sign/public_key']
  expect((await line.run(lines)).out).to.include(
    readFileSync(`${key}.pub`, 'utf8').split(' ')[1] ?? '-',
  )
  await line.must(`write team/sign/sign/people valid_principals=ubuntu public_key=@${key}.pub`)
  const { accessor } = JSON.parse(await line.must('auth list -format=json'))['userpass/']
  expect(await line.must('policy read own')).to.include(`aliases.${accessor}.name`)
  // a user whose password is set again is the entity of before, with the policies of its groups
  const password = 'staple battery'
  await line.run(['write', 'auth/userpass/users/ann/password', 'password=-'], { input: password })
  const login = [
    'login',
    '-method=userpass',
    '-no-store',
    '-format=json',
    'username=ann',
    'password=-',
  ]
  const { out, err } = await line.run(login, {
    input: password,
    environment: { POSTERN_TOKEN: '' },
  })
  expect(JSON.parse(out || '{}').auth?.identity_policies, err).to.deep.equal(['own'])
}
