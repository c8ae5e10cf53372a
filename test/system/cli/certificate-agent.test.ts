import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import { type CommandLine, commandLine } from './command-line.ts'

/** Stands in for ssh: keeps the certificate that it was given. */
const FAKE = `#!/bin/sh
case $1 in -V|-G) exec /usr/bin/ssh -F /dev/null "$@" ;; esac
for word; do case $word in
  CertificateFile=*) file=\${word#*\\"}; cat "\${file%\\"}" >> "$FAKE/used" ;;
esac; done
`

describe('postern ssh -mode=ca, and the agent', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let line: CommandLine
  let agent: ReturnType<typeof spawn>
  let key: MadeKey
  let token: string

  beforeEach(async () => {
    line = await commandLine()
    mkdirSync(join(line.folder, '.ssh'))
    key = keygen.key('-t', 'ed25519')
    writeFileSync(join(line.folder, 'ssh'), FAKE)
    chmodSync(join(line.folder, 'ssh'), 0o755)
    agent = spawn('ssh-agent', ['-D', '-a', socket()], { stdio: ['ignore', 'pipe', 'ignore'] })
    if (agent.stdout) await once(agent.stdout, 'data')
    await line.must('secrets enable ssh')
    await line.must('write ssh/config/ca key_type=ed25519')
    for (const role of ['ops', 'other'])
      await line.must(
        `write ssh/roles/${role} key_type=ca allow_user_certificates=true allowed_users=* ttl=30m`,
      )
    // all that docs/policies.md says it takes, for each of the roles
    await line.run(['policy', 'write', 'certificate-user', '-'], {
      input:
        'path "ssh/sign/ops" { capabilities = ["update"] }\npath "ssh/sign/other" { capabilities = ["update"] }',
    })
    token = await line.must('token create -policy=certificate-user -field=token')
  })
  afterEach(async () => {
    const gone = once(agent, 'exit')
    agent.kill()
    await gone
    await line[Symbol.asyncDispose]()
  })
  after(() => keygen[Symbol.dispose]())

  const socket = () => join(line.folder, 'agent')

  const add = (...words: readonly string[]) =>
    execFileSync('ssh-add', words, {
      env: { ...process.env, SSH_AUTH_SOCK: socket(), SSH_ASKPASS: '/bin/false', DISPLAY: 'x' },
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    })

  /** What the agent holds, by type. */
  function held() {
    try {
      const types = add('-L')
        .trim()
        .split('\n')
        .map(each => each.split(' ')[0] ?? '')
      return types.map(type => (type.includes('-cert-') ? 'certificate' : 'key')).sort()
    } catch {
      return []
    }
  }

  async function ssh(role: string, environment: Readonly<Record<string, string>> = {}) {
    const words = ['-mode=ca', `-role=${role}`, `-public-key-path=${key.file}.pub`]
    const ended = await line.run(['ssh', ...words, 'alice@10.1.2.3'], {
      environment: {
        POSTERN_TOKEN: token,
        SSH_AUTH_SOCK: socket(),
        PATH: `${line.folder}:${process.env.PATH}`,
        FAKE: line.folder,
        ...environment,
      },
    })
    expect(ended).to.deep.equal({ code: 0, out: '', err: '' })
    return keygen.certificate(
      readFileSync(join(line.folder, 'used'), 'utf8').trim().split('\n').at(-1) ?? '',
    )
  }

  const roleOf = async (serial: string) => {
    const hex = BigInt(serial).toString(16).padStart(16, '0')
    return line.must(`read -field=role ssh/certs/${hex}`)
  }

  it('puts the certificate there alone, and uses it again', async () => {
    const first = await ssh('ops')
    expect(held()).to.deep.equal(['certificate'])
    expect((await ssh('ops')).serial).to.equal(first.serial)
  })

  it('puts one there that is valid for longer than ssh-add can say', async () => {
    await line.must(
      'write ssh/roles/ops key_type=ca allow_user_certificates=true allowed_users=* ttl=876000h max_ttl=876000h',
    )
    await ssh('ops')
    expect(held()).to.deep.equal(['certificate'])
  })

  for (const words of [[], ['-t', '1h'], ['-c']])
    it(`leaves a key that was added with "${words.join(' ')}" as it is`, async () => {
      add(...words, key.file)
      await ssh('ops')
      expect(held()).to.deep.equal(['key'])
      const signed = () =>
        execFileSync('ssh-keygen', ['-Y', 'sign', '-n', 'x', '-f', `${key.file}.pub`], {
          env: { ...process.env, SSH_AUTH_SOCK: socket() },
          input: 'x',
          stdio: ['pipe', 'pipe', 'ignore'],
        })
      // the key must come from the agent, which may ask before it signs
      execFileSync('mv', [key.file, `${key.file}.away`])
      if (words[0] === '-c') expect(signed).to.throw()
      else expect(signed).not.to.throw()
      execFileSync('mv', [`${key.file}.away`, key.file])
    })

  it('takes no certificate of another role, and keeps that', async () => {
    const ops = await ssh('ops')
    const other = await ssh('other')
    expect(await roleOf(other.serial)).to.equal('other')
    expect(held()).to.deep.equal(['certificate', 'certificate'])
    expect((await ssh('ops')).serial).to.equal(ops.serial)
    expect((await ssh('other')).serial).to.equal(other.serial)
  })

  it('takes no certificate that has been revoked, and throws it away', async () => {
    const first = await ssh('ops')
    await line.must(`write ssh/revoke serial_number=${BigInt(first.serial).toString(16)}`)
    const second = await ssh('ops')
    expect(second.serial).not.to.equal(first.serial)
    expect(held()).to.deep.equal(['certificate'])
    expect((await ssh('ops')).serial).to.equal(second.serial)
  })

  it('takes none of which the engine tells nothing, leaves it, and adds no other', async () => {
    const first = await ssh('ops')
    token = await line.must('token create -policy=certificate-user -field=token')
    expect((await ssh('ops')).serial).not.to.equal(first.serial)
    expect((await ssh('ops')).serial).not.to.equal(first.serial)
    expect(held()).to.deep.equal(['certificate'])
    expect(keygen.certificate(add('-L').trim()).serial).to.equal(first.serial)
  })

  it('takes none for more users than were asked for', async () => {
    const words = ['-mode=ca', '-role=ops', `-public-key-path=${key.file}.pub`]
    const environment = {
      POSTERN_TOKEN: token,
      SSH_AUTH_SOCK: socket(),
      PATH: `${line.folder}:${process.env.PATH}`,
      FAKE: line.folder,
    }
    await line.run(['ssh', ...words, '-valid-principals=alice,root', 'alice@10.1.2.3'], {
      environment,
    })
    expect((await ssh('ops')).principals).to.deep.equal(['alice'])
  })

  it('shows a certificate only to the client that requested it', async () => {
    await line.must('auth enable userpass')
    await line.must(
      'write auth/userpass/users/ann password=long-enough token_policies=certificate-user',
    )
    const login = async () => {
      const text = await line.must(
        'write -format=json auth/userpass/login/ann password=long-enough',
      )
      return JSON.parse(text).auth.client_token as string
    }
    const mine = await login()
    const read = async (POSTERN_TOKEN: string, ...words: readonly string[]) =>
      (await line.run(words, { environment: { POSTERN_TOKEN } })).code
    token = mine
    const { serial } = await ssh('ops')
    const path = `ssh/certs/${BigInt(serial).toString(16).padStart(16, '0')}`
    expect(await read(mine, 'read', path)).to.equal(0)
    expect(await read(await login(), 'read', path), 'after another login').to.equal(0)
    const other = await line.must('token create -policy=certificate-user -field=token')
    expect(await read(other, 'read', path)).to.equal(2)
    expect(await read(mine, 'read', 'ssh/certs/0000000000000001')).to.equal(2)
    expect(await read(mine, 'list', 'ssh/certs')).to.equal(2)
    await line.run(['policy', 'write', 'certificate-user', '-'], {
      input: 'path "ssh/certs/*" { capabilities = ["deny"] }',
    })
    expect(await read(mine, 'read', path), 'where a policy denies it').to.equal(2)
  })
})
