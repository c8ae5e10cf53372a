import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { CommandLine } from './command-line.ts'
import { type FakeSsh, fakeSsh, PROMPT, REDEEM, ROOT } from './fake-ssh.ts'

describe('postern ssh', () => {
  let fake: FakeSsh
  let line: CommandLine
  beforeEach(async () => {
    fake = await fakeSsh()
    line = fake.line
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  const ssh: FakeSsh['ssh'] = (...given) => fake.ssh(...given)
  const note = (name: string) => fake.note(name)
  const leases = () => fake.leases()

  it('gives the password to ssh, in no argument, variable or file', async () => {
    const ended = await ssh('-role=web -mode=otp ubuntu@10.1.2.3 uptime -p', {
      ...PROMPT,
      FAKE_RUN: REDEEM,
      VAULT_TOKEN: fake.token,
      BAO_TOKEN: fake.token,
    })
    expect(ended).to.deep.equal({ code: 0, out: '', err: '' })
    const password = note('answers')?.trim() ?? ''
    expect(password).to.match(/^[0-9a-f-]{36}$/)
    expect(JSON.parse(note('verified') ?? '').data).to.deep.equal({
      ip: '10.1.2.3',
      role_name: 'web',
      username: 'ubuntu',
    })
    expect(note('words')?.trim().split('\n')).to.deep.equal([
      ...['-p', '2222'],
      ...['-o', 'PreferredAuthentications=keyboard-interactive'],
      ...['-o', 'KbdInteractiveAuthentication=yes'],
      ...['-o', 'NumberOfPasswordPrompts=1'],
      ...['-o', 'BatchMode=no'],
      ...['-o', 'ProxyCommand=none'],
      ...['ubuntu@10.1.2.3', 'uptime', '-p'],
    ])
    for (const file of ['words', 'environment', 'processes'])
      for (const secret of [password, fake.token]) expect(note(file), file).not.to.include(secret)
    expect(note('environment')).to.match(/^SSH_ASKPASS_REQUIRE=force$/m)
  })

  it('leaves nothing behind', async () => {
    await ssh('-role=web ubuntu@10.1.2.3')
    expect(readdirSync(line.folder).filter(name => name.startsWith('postern-'))).to.deep.equal([])
    expect(await leases()).to.equal('')
  })

  it('gives the password once, and only for this login', async () => {
    await ssh('-role=web ubuntu@10.1.2.3', {
      FAKE_PROMPTS: [
        'Are you sure you want to continue connecting (yes/no/[fingerprint])? ',
        "Enter passphrase for key '/home/me/.ssh/id_ed25519': ",
        '(ubuntu@jump.example) Password: ',
        '(ubuntu@10.1.2.3) Password: ',
        '(ubuntu@10.1.2.3) Password: ',
      ].join('\n'),
    })
    expect(note('answers')?.replace(/^[0-9a-f-]{36}$/m, 'password')).to.equal(
      'refused\nrefused\nrefused\npassword\nrefused\n',
    )
  })

  it('does not give the password to who has not the key', async () => {
    await ssh('-role=web ubuntu@10.1.2.3', {
      FAKE_RUN:
        'POSTERN_ASKPASS_KEY=guess "$SSH_ASKPASS" "(ubuntu@10.1.2.3) Password: " > $FAKE/answers || echo refused > $FAKE/answers',
    })
    expect(note('answers')).to.equal('refused\n')
  })

  for (const words of ['-l bob alice@10.1.2.3', '-o User=bob alice@10.1.2.3', '-l bob 10.1.2.3'])
    it(`asks for the user that ssh logs in as, with ${words}`, async () => {
      await line.must(
        'write ssh/roles/web key_type=otp default_user=ubuntu allowed_users=alice,bob cidr_list=10.0.0.0/8',
      )
      await ssh(`-role=web -- ${words}`, {
        FAKE_PROMPTS: '(bob@10.1.2.3) Password: ',
        FAKE_RUN: REDEEM,
      })
      expect(note('verified')).to.include('"username":"bob"')
    })

  it('does not give the password to another process on the way through another host', async () => {
    writeFileSync(
      join(line.folder, 'plan'),
      'user ubuntu\nhostname 10.1.2.3\nport 22\nproxyjump ubuntu@jump\n',
    )
    await ssh('-role=web ubuntu@10.1.2.3', PROMPT)
    expect(note('answers')).to.equal('refused\n')
    expect(note('words')).not.to.include('ProxyCommand')
  })

  it('goes where the configuration of ssh leads', async () => {
    writeFileSync(
      join(line.folder, 'plan'),
      'user deploy\nhostname 10.9.9.9\nport 2200\nhostkeyalias build\naddressfamily any\n',
    )
    await line.must(
      'write ssh/roles/web key_type=otp default_user=deploy cidr_list=10.9.9.9/32 port=22',
    )
    const { code } = await ssh('-role=web alias', { FAKE_PROMPTS: '(deploy@build) Password: ' })
    expect(code).to.equal(0)
    expect(note('answers')).to.match(/^[0-9a-f-]{36}\n$/)
    expect(note('words')).not.to.match(/^-p$/m)
  })

  it('prints the password instead when asked to', async () => {
    expect((await ssh('-role=web -no-exec -field=key ubuntu@10.1.2.3')).out).to.match(
      /^[0-9a-f-]{36}$/,
    )
    expect((await ssh('-role=web -no-exec ubuntu@10.1.2.3')).out).to.match(/^Key {16}Value\n/)
    expect(note('words')).to.equal(undefined)
  })

  it('takes the only role that reaches the host', async () => {
    const { code, err } = await ssh('ubuntu@10.1.2.3', { ...PROMPT, ...ROOT })
    expect([code, err]).to.deep.equal([
      0,
      'No -role was given. The only one for this host is "web".\n',
    ])
  })

  it('lists the roles when several reach the host, and says when none does', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=ubuntu cidr_list=10.1.0.0/16')
    await line.must('write ssh/roles/any key_type=otp default_user=ubuntu')
    await line.must('write ssh/config/zeroaddress roles=any')
    expect(await ssh('ubuntu@10.1.2.3', ROOT)).to.deep.equal({
      code: 1,
      out: '',
      err: 'Multiple roles are registered for this IP. Name one with -role:\n\n  any    every address\n  db     blocks of 65,536 IPv4 addresses\n  web    blocks of 16,777,216 IPv4 addresses\n',
    })
    await line.must('delete ssh/config/zeroaddress')
    expect(await ssh('ubuntu@192.0.2.1', ROOT)).to.deep.equal({
      code: 1,
      out: '',
      err: 'No matching roles found for IP 192.0.2.1\n',
    })
  })

  it('shows the password where ssh is too old to be given it', async () => {
    const { code, out, err } = await ssh('-role=web ubuntu@10.1.2.3', {
      FAKE_VERSION: 'OpenSSH_8.3p1',
    })
    expect([code, out]).to.deep.equal([0, ''])
    expect(err).to.match(/takes OpenSSH 8\.4.*\nOTP for the session is: [0-9a-f-]{36}\n$/s)
    expect(note('environment')).not.to.match(/^SSH_ASKPASS/m)
  })

  for (const [words, code, message] of [
    ['-mode=ca 10.1.2.3', 2, 'Error looking up the roles of 10.1.2.3: '],
    ['-mode=ca -role=web -public-key-path=/none 10.1.2.3', 1, 'failed to read public key /none: '],
    ['-mode=x -role=web 10.1.2.3', 1, 'Unknown SSH mode: x. Use otp or '],
    ['-rol=web 10.1.2.3', 1, 'flag provided but not defined: -rol; did you mean -role?\n'],
    [
      '-ttl=1m -role=web 10.1.2.3',
      1,
      'flag provided but not defined: -ttl: "postern ssh -help" lists them\n',
    ],
    [
      '-role=web -z 10.1.2.3',
      1,
      'flag provided but not defined: -z: "postern ssh -help" lists them\n',
    ],
    [
      '-role=web -- -p 22',
      1,
      'no host was given: postern ssh [options] [user@]host [ssh options] [command]\n',
    ],
    [
      '-role=web x@no.invalid',
      1,
      'Error resolving the ssh hostname: no.invalid (there is no such host)\n',
    ],
    [
      '-role=web ubuntu@',
      1,
      'no host was given: postern ssh [options] [user@]host [ssh options] [command]\n',
    ],
    [
      '-role=web -mode=dynamic ubuntu@10.1.2.3',
      1,
      'the role "web" makes other credentials: use -mode=otp\n',
    ],
    [
      '-role=web -ssh-executable=/no/such/ssh u@10.1.2.3',
      2,
      'failed to generate credential: failed to get credentials: Error making API request.',
    ],
    [
      '-role=web -ssh-executable=/no/such/ssh ubuntu@10.1.2.3',
      2,
      'failed to run ssh command: /no/such/ssh: no such file or directory\n',
    ],
    [
      '-role=no ubuntu@10.1.2.3',
      2,
      'failed to generate credential: failed to get credentials: Error making API request.',
    ],
    [
      '-role=web ubuntu@192.0.2.1',
      2,
      'failed to generate credential: failed to get credentials: Error making API request.',
    ],
  ] as const)
    it(`ends with ${code} for ${words}`, async () => {
      const ended = await ssh(words)
      expect([ended.code, ended.out]).to.deep.equal([code, ''])
      expect(ended.err.startsWith(message), ended.err).to.equal(true)
      expect(await leases()).to.equal('')
    })
})
