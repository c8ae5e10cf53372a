import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

/** Stands in for ssh: notes what it was given, and asks what FAKE_PROMPTS says, a prompt a line. */
const FAKE = `#!/bin/sh
case $1 in
  -V) echo "\${FAKE_VERSION:-OpenSSH_9.2p1}" >&2; exit 0 ;;
  -G) [ -e "$FAKE/plan" ] && exec cat "$FAKE/plan"; exit 255 ;;
esac
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
  beforeEach(async () => {
    line = await commandLine()
    const path = join(line.folder, 'ssh')
    writeFileSync(path, FAKE)
    chmodSync(path, 0o755)
    await line.must('secrets enable ssh')
    await line.must(
      'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8 port=2222',
    )
  })
  afterEach(() => line[Symbol.asyncDispose]())

  const note = (name: string) => {
    const path = join(line.folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }

  const ssh = (words: string, environment: Readonly<Record<string, string>> = {}) =>
    line.run(['ssh', ...words.split(' ')], {
      environment: {
        ...environment,
        FAKE: line.folder,
        PATH: `${line.folder}:${process.env.PATH}`,
        XDG_RUNTIME_DIR: line.folder,
      },
    })

  const leases = async () => (await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).out

  const PROMPT = { FAKE_PROMPTS: '(ubuntu@10.1.2.3) Password: ' }

  it('gives the password to ssh, in no argument, variable or file', async () => {
    const redeem = `curl -s -X PUT -d "{\\"otp\\":\\"$(cat $FAKE/answers)\\"}" ${line.address}/v1/ssh/verify > $FAKE/verified`
    const ended = await ssh('-role=web -mode=otp ubuntu@10.1.2.3 uptime -p', {
      ...PROMPT,
      FAKE_RUN: redeem,
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
      ...['ubuntu@10.1.2.3', 'uptime', '-p'],
    ])
    for (const file of ['words', 'environment', 'processes'])
      expect(note(file), file).not.to.include(password)
    expect(note('environment')).to.match(/^SSH_ASKPASS_REQUIRE=force$/m)
  })

  it('leaves nothing behind', async () => {
    await ssh('-role=web ubuntu@10.1.2.3', PROMPT)
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

  it('ends as ssh ends, and ends the lease all the same', async () => {
    expect(
      await ssh('-role=web ubuntu@10.1.2.3 false', { ...PROMPT, FAKE_EXIT: '7' }),
    ).to.deep.equal({
      code: 7,
      out: '',
      err: '',
    })
    expect(await leases()).to.equal('')
  })

  it('says so when ssh never came to the password', async () => {
    const { code, err } = await ssh('-role=web ubuntu@10.1.2.3', { FAKE_EXIT: '255' })
    expect(code).to.equal(255)
    expect(err).to.match(
      /^ssh ended before the host asked for the one-time password, which has been revoked\./,
    )
    expect(await leases()).to.equal('')
  })

  it('ends with 2 when the login went well but the lease could not be ended', async () => {
    const token = await line.must('token create -field=token')
    const environment = { ...PROMPT, POSTERN_TOKEN: token }
    const revoke = `curl -s -X PUT -H "X-Vault-Token: ${token}" ${line.address}/v1/auth/token/revoke-self`
    const { code, err } = await ssh('-role=web ubuntu@10.1.2.3', {
      ...environment,
      FAKE_RUN: revoke,
    })
    expect(code).to.equal(2)
    expect(err).to.match(/^failed to revoke key: Error making API request\..*permission denied/s)
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
    const { code, err } = await ssh('ubuntu@10.1.2.3', PROMPT)
    expect([code, err]).to.deep.equal([
      0,
      'No -role was given. The only one for this host is "web".\n',
    ])
  })

  it('lists the roles when several reach the host, and says when none does', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=ubuntu cidr_list=10.1.0.0/16')
    expect(await ssh('ubuntu@10.1.2.3')).to.deep.equal({
      code: 1,
      out: '',
      err: 'Multiple roles are registered for this IP. Name one with -role:\n\n  db\n  web\n',
    })
    expect(await ssh('ubuntu@192.0.2.1')).to.deep.equal({
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
