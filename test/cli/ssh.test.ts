import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

/** Stands in for ssh: notes what it was given, and asks what FAKE_PROMPTS says, a prompt a line. */
const FAKE = `#!/bin/sh
case $1 in
  -V) echo "\${FAKE_VERSION:-OpenSSH_9.2p1}" >&2; exit 0 ;;
  -G) [ -e "$FAKE/plan" ] && exec cat "$FAKE/plan"; exec /usr/bin/ssh -F /dev/null "$@" ;;
esac
case $2 in BatchMode=yes) echo "$FAKE_REFUSAL" >&2; exit 255 ;; esac
printf '%s\\n' "$@" > "$FAKE/words"
env > "$FAKE/environment"
ps -eo args > "$FAKE/processes"
printf '%s\\n' "$FAKE_PROMPTS" | while IFS= read -r prompt; do
  [ -z "$prompt" ] || "$SSH_ASKPASS" "$prompt" >> "$FAKE/answers" 2>&1 || echo "refused" >> "$FAKE/answers"
done
[ -z "$FAKE_RUN" ] || sh -c "$FAKE_RUN" > /dev/null
exit "\${FAKE_EXIT:-0}"
`

describe('postern ssh', () => {
  let line: CommandLine
  let token: string
  beforeEach(async () => {
    line = await commandLine()
    const path = join(line.folder, 'ssh')
    writeFileSync(path, FAKE)
    chmodSync(path, 0o755)
    await line.must('secrets enable ssh')
    await line.must(
      'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8 port=2222',
    )
    // all that docs/policies.md says it takes
    await line.run(['policy', 'write', 'otp-user', '-'], {
      input: 'path "ssh/creds/web" { capabilities = ["update"] }',
    })
    token = await line.must('token create -policy=otp-user -field=token')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  const note = (name: string) => {
    const path = join(line.folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }

  const ssh = (words: string, environment: Readonly<Record<string, string>> = {}) =>
    line.run(['ssh', ...words.split(' ')], {
      environment: {
        POSTERN_TOKEN: token,
        ...environment,
        FAKE: line.folder,
        PATH: `${line.folder}:${process.env.PATH}`,
        XDG_RUNTIME_DIR: line.folder,
      },
    })

  const leases = async () => (await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).out

  const ROOT = { POSTERN_TOKEN: 'root' }
  const REDEEM = `curl -s -X PUT -d "{\\"otp\\":\\"$(cat $FAKE/answers)\\"}" $ADDRESS/v1/ssh/verify > $FAKE/verified`

  const PROMPT = { FAKE_PROMPTS: '(ubuntu@10.1.2.3) Password: ' }

  it('gives the password to ssh, in no argument, variable or file', async () => {
    const ended = await ssh('-role=web -mode=otp ubuntu@10.1.2.3 uptime -p', {
      ...PROMPT,
      FAKE_RUN: REDEEM,
      ADDRESS: line.address,
      VAULT_TOKEN: token,
      BAO_TOKEN: token,
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
      ...['-o', 'StrictHostKeyChecking=yes'],
      ...['-o', 'PreferredAuthentications=keyboard-interactive'],
      ...['-o', 'KbdInteractiveAuthentication=yes'],
      ...['-o', 'NumberOfPasswordPrompts=1'],
      ...['-o', 'ProxyCommand=none'],
      ...['ubuntu@10.1.2.3', 'uptime', '-p'],
    ])
    for (const file of ['words', 'environment', 'processes'])
      for (const secret of [password, token]) expect(note(file), file).not.to.include(secret)
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

  it('ends as ssh ends, and ends the lease of a password that was not asked for', async () => {
    const failing = { FAKE_EXIT: '7' }
    expect(await ssh('-role=web ubuntu@10.1.2.3 false', failing)).to.deep.equal({
      code: 7,
      out: '',
      err: '',
    })
    expect(await leases()).to.equal('')
  })

  it('ends the lease of a password that was handed over, if the host did not let the user in', async () => {
    const failing = { ...PROMPT, FAKE_EXIT: '255' }
    expect(await ssh('-role=web ubuntu@10.1.2.3', failing)).to.deep.include({ code: 255, err: '' })
    expect(await leases()).to.equal('')
  })

  it('says nothing of a lease that the host has ended, whether or not the user got in', async () => {
    for (const code of [0, 7, 255]) {
      const used = { ...PROMPT, FAKE_RUN: REDEEM, ADDRESS: line.address, FAKE_EXIT: `${code}` }
      expect(await ssh('-role=web ubuntu@10.1.2.3', used)).to.deep.equal({ code, out: '', err: '' })
      expect(note('verified')).to.include('"role_name":"web"')
      rmSync(join(line.folder, 'answers'))
    }
  })

  for (const [what, environment, words, message] of [
    ['does not say why', {}, '', ''],
    ['does not know the key', { FAKE_REFUSAL: 'Host key verification failed.' }, '', 'known_hosts'],
    [
      'is offered no one-time passwords',
      { FAKE_REFUSAL: 'ubuntu@10.1.2.3: Permission denied (publickey).' },
      '',
      'offers only: publickey.\nIf it wants a key as well, name yours behind the host: -i FILE.',
    ],
    [
      'has a key that is not taken',
      { FAKE_REFUSAL: 'ubuntu@10.1.2.3: Permission denied (publickey).' },
      ' -i key',
      'offers only: publickey.\nIt did not take the key',
    ],
    [
      'may not ask',
      { FAKE_REFUSAL: 'ubuntu@10.1.2.3: Permission denied (publickey,keyboard-interactive).' },
      '',
      'ssh was told not to answer',
    ],
    [
      'is asked something else',
      { FAKE_PROMPTS: '(ubuntu@10.1.2.3) Passcode: ' },
      '',
      'It asked "(ubuntu@10.1.2.3) Passcode: " instead',
    ],
  ] as const)
    it(`says so when ssh never came to the password, and ${what}`, async () => {
      const { code, err } = await ssh(`-role=web ubuntu@10.1.2.3${words}`, {
        ...environment,
        FAKE_EXIT: '255',
      })
      expect(code).to.equal(255)
      expect(err).to.match(
        /^ssh ended before the host asked for the one-time password, which has been revoked\./,
      )
      expect(err).to.include(message)
      if (message === '') expect(err.trim().split('\n')).to.have.length(1)
      expect(await leases()).to.equal('')
    })

  it('ends as ssh ends when the lease cannot be ended, and says so', async () => {
    const revoke = `curl -s -X PUT -H "X-Vault-Token: ${token}" ${line.address}/v1/auth/token/revoke-self`
    for (const exit of ['0', '7']) {
      token = await line.must('token create -policy=otp-user -field=token')
      const { code, err } = await ssh('-role=web ubuntu@10.1.2.3', {
        FAKE_RUN: revoke.replace(/hvs\.[^"]+/, token),
        FAKE_EXIT: exit,
      })
      expect(code).to.equal(Number(exit))
      expect(err).to.match(/^failed to revoke key: Error making API request\..*permission denied/s)
    }
  })

  for (const words of ['-l bob alice@10.1.2.3', '-o User=bob alice@10.1.2.3', '-l bob 10.1.2.3'])
    it(`asks for the user that ssh logs in as, with ${words}`, async () => {
      await line.must(
        'write ssh/roles/web key_type=otp default_user=ubuntu allowed_users=alice,bob cidr_list=10.0.0.0/8',
      )
      await ssh(`-role=web -- ${words}`, {
        FAKE_PROMPTS: '(bob@10.1.2.3) Password: ',
        FAKE_RUN: REDEEM,
        ADDRESS: line.address,
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
    expect(await ssh('ubuntu@10.1.2.3', ROOT)).to.deep.equal({
      code: 1,
      out: '',
      err: 'Multiple roles are registered for this IP. Name one with -role:\n\n  db\n  web\n',
    })
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
    ['-mode=ca 10.1.2.3', 1, '-mode=ca needs a -role\n'],
    ['-mode=ca -role=web -public-key-path=/none 10.1.2.3', 1, 'failed to read public key /none: '],
    ['-mode=x -role=web 10.1.2.3', 1, 'Unknown SSH mode: x\n'],
    [
      '-role=web -p 22 10.1.2.3',
      1,
      'flag provided but not defined: -p; options for ssh follow the host\n',
    ],
    [
      '-role=web -- -p 22',
      1,
      'no host is named: postern ssh [options] [user@]host [ssh options] [command]\n',
    ],
    [
      '-role=web x@no.invalid',
      1,
      'Error resolving the ssh hostname: no.invalid (there is no host of this name)\n',
    ],
    [
      '-role=web -ssh-executable=/none u@10.1.2.3',
      2,
      'failed to generate credential: failed to get credentials: Error making API request.',
    ],
    [
      '-role=web -ssh-executable=/none ubuntu@10.1.2.3',
      2,
      'failed to run ssh command: spawn /none ENOENT\n',
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
