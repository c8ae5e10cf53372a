import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { SigningHost } from '../../support/signing-host.ts'
import type { CommandLine } from './command-line.ts'
import { type FakeSsh, fakeSsh, ROOT } from './fake-ssh.ts'

const ROLE = 'write ssh/roles/named key_type=otp default_user=ubuntu'

describe('postern ssh to a host that the engine knows by name', () => {
  let fake: FakeSsh
  let line: CommandLine
  beforeEach(async () => {
    fake = await fakeSsh()
    line = fake.line
    await line.must(`${ROLE} hosts=web-*`)
    await enroll('web-1')
    const policy = 'path "ssh/creds/+" { capabilities = ["update"] }'
    await line.run(['policy', 'write', 'otp-user', '-'], { input: policy })
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  async function enroll(name: string) {
    const token = await line.must(`write -force -field=token ssh/hosts/${name}/enroll`)
    const input = JSON.stringify(new SigningHost(name).enrollment(token))
    const { code, err } = await line.run(['write', 'ssh/enroll', '-'], { input })
    expect([code, err]).to.deep.equal([0, ''])
  }

  /** What ssh resolves the host to. */
  const plan = (host: string, more = '') =>
    writeFileSync(join(line.folder, 'plan'), `user ubuntu\nhostname ${host}\nport 22\n${more}`)

  /** The host that a password is for, or why there is none. */
  async function hostOf(words: string, environment: Readonly<Record<string, string>> = {}) {
    const all = `-no-exec -field=host ${words}`
    const { code, out, err } = await fake.ssh(all, environment)
    return code === 0 ? out : err
  }

  for (const [rights, environment] of [
    ['may read the role', ROOT],
    ['may only request credentials', {}],
  ] as const) {
    it(`asks for the name that was typed, for a user who ${rights}`, async () => {
      plan('10.1.2.3')
      expect(await hostOf('-role=named Web-1', environment)).to.equal('web-1')
    })

    it(`asks for the HostName of the configuration of ssh, for a user who ${rights}`, async () => {
      plan('web-1')
      expect(await hostOf('-role=named production', environment)).to.equal('web-1')
    })

    it(`asks for the HostKeyAlias, for a user who ${rights}`, async () => {
      plan('10.1.2.3', 'hostkeyalias web-1\n')
      expect(await hostOf('-role=named production', environment)).to.equal('web-1')
    })

    it(`asks for the name with -host, for a user who ${rights}`, async () => {
      expect(await hostOf('-role=named -host=WEB-1 ubuntu@10.1.2.3', environment)).to.equal('web-1')
    })
  }

  it('needs no name server for a host that the engine knows', async () => {
    expect(await hostOf('-role=named ubuntu@web-1')).to.equal('web-1')
    expect(await hostOf('-role=named -host=web-1 ubuntu@gate.invalid')).to.equal('web-1')
    expect(await hostOf('-role=named ubuntu@web-9')).to.match(
      /Error resolving the ssh hostname: web-9/,
    )
  })

  it('takes no part of a name for the name of a host', async () => {
    plan('10.1.2.3')
    expect(await hostOf('-role=named web-1.example.com')).to.match(/does not belong to role/)
  })

  it('lets ssh connect to any address, and gives it the password', async () => {
    plan('localhost')
    const ended = await fake.ssh('-role=named web-1', {
      FAKE_PROMPTS: '(ubuntu@localhost) Password: ',
    })
    expect(ended.err).not.to.match(/rror/)
    expect(fake.note('answers')).to.match(/^[0-9a-f-]{36}\n$/)
    expect(fake.note('words')).not.to.match(/HostName|HostKeyAlias/)
  })

  it('finds the role by the name of the host', async () => {
    plan('192.0.2.1')
    const { code, out, err } = await fake.ssh('-no-exec -field=host web-1', ROOT)
    expect([code, out]).to.deep.equal([0, 'web-1'])
    expect(err).to.equal('No -role was given. The only one for this host is "named".\n')
    await line.must(`${ROLE.replace('named', 'grouped')} host_groups=db,web*`)
    await line.must('write ssh/hosts/web-1 groups=web')
    expect((await fake.ssh('-no-exec web-1', ROOT)).err).to.match(
      /Name one with -role:\n\n {2}grouped +hosts of the groups db, web\*\n {2}named +hosts web-\*\n$/,
    )
  })

  it('prefers the name to the address for a role with both', async () => {
    await line.must(`${ROLE} hosts=web-* cidr_list=10.0.0.0/8`)
    plan('10.1.2.3')
    expect(await hostOf('-role=named web-1', ROOT)).to.equal('web-1')
    expect((await fake.ssh('-role=named -no-exec -field=ip other', ROOT)).out).to.equal('10.1.2.3')
  })

  it('tells how to name a host where an address was given', async () => {
    const { code, err } = await fake.ssh('-role=named ubuntu@10.1.2.3', ROOT)
    expect(code).to.equal(2)
    expect(err).to.match(
      /IP does not belong to role\n\nThe role "named" reaches enrolled hosts web-\*\. Name one as the engine does: -host=NAME\.\n$/,
    )
    expect((await fake.ssh('-role=named ubuntu@10.1.2.3')).err).to.match(
      /This was for the user "\S+" at 10\.1\.2\.3\. To name another: user@10\.1\.2\.3\.\n$/,
    )
  })

  it('tells to leave out -host for a role of addresses', async () => {
    const { err } = await fake.ssh('-role=web -host=web-1 ubuntu@10.1.2.3', ROOT)
    expect(err).to.match(/reaches 16,777,216 IPv4 addresses: 10\.0\.0\.0\/8\. Leave out -host\.\n$/)
  })

  it('says that a host is disabled', async () => {
    await line.must('write ssh/hosts/web-1 disabled=true')
    plan('10.1.2.3')
    const { err } = await fake.ssh('-role=named web-1')
    expect(err).to.match(/Error validating host: host "web-1" is disabled/)
  })

  for (const [words, reason] of [
    ['-role=web -host=10.1.2.3 10.1.2.3', /-host is the name of an enrolled host/],
    ['-role=web -host=a/b 10.1.2.3', /-host is the name of an enrolled host/],
    ['-role=web -mode=ca -host=web-1 10.1.2.3', /-host is for one-time passwords/],
    ['-role=web -mode=dynamic -host=web-1 10.1.2.3', /-host is for one-time passwords/],
  ] as const)
    it(`refuses ${words}`, async () => {
      const { code, err } = await fake.ssh(words)
      expect(code).to.equal(1)
      expect(err).to.match(reason)
    })
})
