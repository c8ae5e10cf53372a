import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import type { CommandLine } from './command-line.ts'
import { type FakeSsh, fakeSsh, ROOT } from './fake-ssh.ts'

describe('postern ssh, when a login is not possible', () => {
  const keygen = new Keygen()
  let fake: FakeSsh
  let line: CommandLine
  beforeEach(async () => {
    fake = await fakeSsh()
    line = fake.line
  })
  afterEach(() => fake[Symbol.asyncDispose]())
  after(() => keygen[Symbol.dispose]())

  /** A token with a policy that allows updates of these paths. */
  async function allow(...paths: readonly string[]) {
    const input = paths.map(path => `path "${path}" { capabilities = ["update"] }\n`).join('')
    await line.run(['policy', 'write', 'some', '-'], { input })
    fake.token = await line.must('token create -policy=some -field=token')
  }

  async function certificates() {
    await line.must('write ssh/config/ca key_type=ed25519')
    await line.must(
      'write ssh/roles/ops key_type=ca allow_user_certificates=true allowed_users=* default_user=ubuntu',
    )
  }

  it('says that the token has expired, and how to get another', async () => {
    await line.must(`token revoke ${fake.token}`)
    const { code, err } = await fake.ssh('-role=web ubuntu@10.1.2.3')
    expect(code).to.equal(2)
    expect(err).to.match(
      /\* permission denied\n\nYour token has expired, was revoked.*"postern login -method=userpass username=NAME"\.\n$/,
    )
  })

  it('says nothing of the token where only a policy is missing', async () => {
    const { err } = await fake.ssh('-role=other ubuntu@10.1.2.3')
    expect(err).to.include('permission denied')
    expect(err).not.to.include('expired')
    expect(err).to.match(
      /permission denied\n\nThe policies of your token do not allow "update" on ssh\/creds\/other\. .*\n$/,
    )
    const key = keygen.key('-t', 'ed25519')
    const words = `-mode=ca -role=other -public-key-path=${key.file}.pub ubuntu@10.1.2.3`
    expect((await fake.ssh(words)).err).to.match(
      /permission denied\n\nThe policies of your token do not allow "update" on ssh\/sign\/other\. .*\n$/,
    )
  })

  it('says to name the role where the token may not look up roles', async () => {
    await allow('ssh/creds/web')
    const { code, err } = await fake.ssh('ubuntu@10.1.2.3')
    expect(code).to.equal(2)
    expect(err).to.match(/"update" on ssh\/lookup\..*\n\nName the role with -role\.\n$/)
  })

  it('says which user was asked for', async () => {
    const { code, err } = await fake.ssh('-role=web root@10.1.2.3')
    expect(code).to.equal(2)
    expect(err).to.match(
      /default username\n\nThis was for the user "root" at 10\.1\.2\.3\. To name another: user@10\.1\.2\.3\.\n$/,
    )
  })

  it('names the mount as a cause where nothing is mounted', async () => {
    const { code, err } = await fake.ssh(
      '-mode=otp -role=web -mount-point=shh ubuntu@10.1.2.3',
      ROOT,
    )
    expect(code).to.equal(2)
    expect(err).to.include('Nothing is mounted there').and.to.include('-mount-point')
  })

  it('says where a namespace comes from that is not there', async () => {
    const ns = { POSTERN_NAMESPACE: 'team' }
    const { err } = await fake.ssh('-mode=otp -role=web ubuntu@10.1.2.3', ns)
    expect(err).to.include('namespace not found').and.to.include('VAULT_NAMESPACE')
  })

  it('recognizes a role for certificates without a flag', async () => {
    await certificates()
    await allow('ssh/sign/ops')
    const key = keygen.key('-t', 'ed25519')
    const words = `-role=ops -no-exec -field=signed_key -public-key-path=${key.file}.pub`
    const ended = await fake.ssh(`${words} ubuntu@10.1.2.3`)
    expect(ended.out, ended.err).to.match(/^ssh-ed25519-cert-v01@openssh.com /)
    await allow('ssh/sign/ops', 'ssh/creds/ops')
    const { err } = await fake.ssh('-role=ops ubuntu@10.1.2.3')
    expect(err).to.match(
      /If "ops" signs certificates: postern ssh -mode=ca -role=ops\n$|signs certificates: use -mode=ca/,
    )
  })

  for (const [blocks, why] of [
    [
      'cidr_list=10.0.0.0/24,10.0.0.0/28,2001:db8::/64 exclude_cidr_list=10.0.0.7/32',
      'reaches 255 IPv4 and about 1.8E19 IPv6 addresses: 10.0.0.0/24, 10.0.0.0/28, 2001:db8::/64, without 10.0.0.7/32.',
    ],
    [
      'cidr_list=10.1.2.0/24 exclude_cidr_list=10.1.0.0/16',
      'reaches no address: its exclude_cidr_list contains all of its cidr_list.',
    ],
    ['port=22', 'reaches no address: it has no cidr_list.'],
  ] as const)
    it(`says which addresses a role reaches, of one with ${blocks}`, async () => {
      await line.must(`write ssh/roles/web key_type=otp default_user=ubuntu ${blocks}`)
      const { code, err } = await fake.ssh('-role=web ubuntu@10.1.2.3', ROOT)
      expect(code).to.equal(2)
      expect(err).to.match(/IP does not belong to role\n\n[^\n]*\n$/)
      expect(err).to.include(`\n\nThe role "web" ${why}\n`)
      const mayNotRead = await fake.ssh('-role=web ubuntu@10.1.2.3')
      expect(mayNotRead.err).to.match(
        /IP does not belong to role\n\nThis was for the user "ubuntu" at 10\.1\.2\.3\. .*\n$/,
      )
    })

  it('asks for no role that it may not see, so that the audit log has no refusals', async () => {
    const log = join(line.folder, 'audit.log')
    await line.must(`audit enable file file_path=${log}`)
    await fake.ssh('-role=web ubuntu@10.1.2.3')
    await certificates()
    await allow('ssh/sign/ops', 'ssh/creds/web')
    const key = keygen.key('-t', 'ed25519')
    const signing = `-mode=ca -role=ops -no-exec -public-key-path=${key.file}.pub ubuntu@10.1.2.3`
    expect((await fake.ssh(signing)).code).to.equal(0)
    const written = () => readFileSync(log, 'utf8')
    expect(written()).to.include('"path":"ssh/sign/ops"').and.not.to.include('permission denied')
    await fake.ssh('-mode=otp -role=other ubuntu@10.1.2.3')
    expect(written()).to.include('permission denied')
  })

  it('says for whom a certificate was asked', async () => {
    const key = keygen.key('-t', 'ed25519')
    await certificates()
    await line.must(
      'write ssh/roles/ops key_type=ca allow_user_certificates=true allowed_users=ubuntu',
    )
    await allow('ssh/sign/ops')
    const words = `-mode=ca -role=ops -public-key-path=${key.file}.pub bob@10.1.2.3`
    expect((await fake.ssh(words)).err).to.match(
      /valid_principals\n\nThis was for "bob": "allowed_users" of the role "ops" does not allow that\. .*user@host\.\n$/,
    )
  })

  it('says for whom only where user or address are the reason', async () => {
    const key = keygen.key('-t', 'ed25519')
    await line.must(`write ssh/keys/admin key=@${key.file}`)
    await line.must(
      'write ssh/roles/deploy key_type=dynamic key=admin admin_user=a default_user=u cidr_list=10.0.0.0/8',
    )
    await allow('ssh/creds/deploy')
    const { err } = await fake.ssh('-mode=dynamic -role=deploy u@10.1.2.3')
    expect(err).to.include('no host key of 10.1.2.3 is known').and.not.to.include('This was for')
  })

  it('refuses a strictness that ssh does not know before it asks for a credential', async () => {
    const { code, err } = await fake.ssh('-role=web -strict-host-key-checking=maybe 10.1.2.3')
    expect([code, err]).to.deep.equal([
      1,
      '-strict-host-key-checking is "yes", "ask", "accept-new" or "no", not "maybe"\n',
    ])
    expect(fake.note('words')).to.equal(undefined)
  })

  it('says that no certificate of the host was trusted', async () => {
    await line.must('secrets enable -path=hosts ssh')
    await line.must('write hosts/config/ca key_type=ed25519')
    const words = '-role=web -host-key-mount-point=hosts ubuntu@10.1.2.3'
    const refusal = { FAKE_EXIT: '255', FAKE_REFUSAL: 'Host key verification failed.' }
    const { err } = await fake.ssh(words, refusal)
    expect(err.replaceAll('\n', ' ')).to.include('no certificate for this name of the CA')
    expect((await fake.ssh('-role=web ubuntu@10.1.2.3', refusal)).err).to.include(
      'is unknown: verify',
    )
  })

  it('says that a role signs nothing', async () => {
    const key = keygen.key('-t', 'ed25519')
    await line.must('write ssh/config/ca key_type=ed25519')
    await allow('ssh/sign/web')
    const words = `-mode=ca -role=web -public-key-path=${key.file}.pub ubuntu@10.1.2.3`
    const { code, err } = await fake.ssh(words)
    expect(code).to.equal(2)
    expect(err).to.include(`failed to sign public key ${key.file}.pub: `)
    expect(err).to.include('Does "web" sign certificates of users?')
  })

  it('says why there will be no terminal, where one is wanted', async () => {
    const key = keygen.key('-t', 'ed25519')
    const told = async (words: string) =>
      (await fake.ssh(`-mode=ca -role=ops -public-key-path=${key.file}.pub ${words}`)).err.includes(
        '"ops" does not grant "permit-pty". An administrator sets it in default_extensions',
      )
    await certificates()
    await allow('ssh/sign/ops')
    expect([await told('ubuntu@10.1.2.3 -tt top'), await told('ubuntu@10.1.2.3 id')]).to.deep.equal(
      [true, false],
    )
    await line.run(['write', 'ssh/roles/ops', '-'], {
      input:
        '{"key_type": "ca", "allow_user_certificates": true, "allowed_users": "*", "default_extensions": {"permit-pty": ""}}',
    })
    expect(await told('ubuntu@10.1.2.3 -tt top')).to.equal(false)
  })

  it('signs the key beside the private key that is named, and no other', async () => {
    await certificates()
    const [usual, work] = [keygen.key('-t', 'ed25519'), keygen.key('-t', 'ed25519')]
    const home = { ...ROOT, HOME: keygen.folder }
    writeFileSync(join(keygen.folder, 'work.pub'), `${work.line}\n`)
    writeFileSync(join(keygen.folder, 'work'), 'private')
    const words = '-mode=ca -role=ops -no-exec -field=signed_key'
    const sign = (path: string) =>
      fake.ssh(`${words} -private-key-path=${path} ubuntu@10.1.2.3`, home)
    const body = (text: string) => Buffer.from(text.split(' ')[1] ?? '', 'base64').toString('hex')
    const certificate = body((await sign('~/work')).out)
    expect(certificate).to.include(body(work.line).slice(-64))
    expect(certificate).not.to.include(body(usual.line).slice(-64))
    rmSync(join(keygen.folder, 'work.pub'))
    expect((await sign('~/work')).err).to.include('there is no public key')
    expect((await sign('~/none')).err).to.include('there is no private key')
  })

  it('knows a port behind the name of a host', async () => {
    const { code, err } = await fake.ssh('-role=web ubuntu@10.1.2.3:2222')
    expect([code, err.includes('Set the port with -p')]).to.deep.equal([1, true])
    const bracketed = await fake.ssh('-role=web ubuntu@[fd77::1]')
    expect(bracketed.code).to.equal(1)
    expect(bracketed.err).to.match(/\. Write the address without brackets\n$/)
  })

  it('does not suggest to log in during a login', async () => {
    const words = ['login', '-method=userpass', '-path=nope', 'username=ann', 'password=x']
    const { err } = await line.run(words, { environment: { POSTERN_TOKEN: '' } })
    expect(err).to.include('Is an auth method enabled there?')
    expect(err).not.to.include('No token was sent')
  })
})
