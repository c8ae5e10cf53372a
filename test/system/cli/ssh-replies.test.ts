import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import { type Script, scriptedEngine } from '../../support/scripted-engine.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const BOGUS = '-----BEGIN OPENSSH PRIVATE KEY-----\nZZZZ\n-----END OPENSSH PRIVATE KEY-----\n'

describe('postern ssh, with malformed replies of the engine', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519')
  const certificate = keygen.signed(key.line, ['-I', 'x', '-n', 'u', '-V', '+1h'])
  let line: CommandLine
  let agent: ReturnType<typeof spawn>

  before(async () => {
    line = await commandLine()
    const ssh = join(line.folder, 'ssh')
    writeFileSync(ssh, '#!/bin/sh\ncase $1 in -V|-G) exec /usr/bin/ssh -F /dev/null "$@" ;; esac\n')
    chmodSync(ssh, 0o755)
    agent = spawn('ssh-agent', ['-D', '-a', join(line.folder, 'agent')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    if (agent.stdout) await once(agent.stdout, 'data')
  })
  after(async () => {
    const gone = once(agent, 'exit')
    agent.kill()
    await gone
    keygen[Symbol.dispose]()
    await line[Symbol.asyncDispose]()
  })

  async function run(mode: string, script: Script, words: readonly string[] = []) {
    await using engine = await scriptedEngine(script)
    const own = [`-mode=${mode}`, '-role=r', `-public-key-path=${key.file}.pub`, ...words]
    const ended = await line.run(['ssh', ...own, 'u@127.0.0.1'], {
      environment: {
        POSTERN_ADDR: engine.address,
        PATH: `${line.folder}:${process.env.PATH}`,
        XDG_RUNTIME_DIR: line.folder,
        SSH_AUTH_SOCK: join(line.folder, 'agent'),
      },
    })
    const left = readdirSync(line.folder).filter(name => name.startsWith('postern-ssh-'))
    expect(left).to.deep.equal([])
    return { ...ended, revoked: engine.requests.includes('PUT sys/leases/revoke') }
  }

  const gives = (data: unknown): Script => {
    const leased = { lease_id: 'ssh/creds/r/1', lease_duration: 60, data }
    return path =>
      path === 'sys/leases/revoke' ? {} : path.startsWith('ssh/creds/') ? leased : undefined
  }

  for (const [what, given] of [
    ['that is none', BOGUS],
    ['that is a text', 'none'],
    ['with a passphrase', 'PASSPHRASE'],
  ] as const)
    it(`says so of a private key ${what}, and gives the lease back`, async () => {
      const locked = join(keygen.folder, 'locked')
      if (!existsSync(locked)) keygen.run('-q', '-t', 'ed25519', '-N', 'word', '-f', locked)
      const data = {
        key: given === 'PASSPHRASE' ? keygen.read(locked) : given,
        key_type: 'dynamic',
      }
      const { code, err, revoked } = await run('dynamic', gives(data))
      expect([code, revoked]).to.deep.equal([2, true])
      expect(err).to.match(/^the private key that the server sent is invalid: [^\n]+\n$/)
    })

  for (const data of [null, [], {}, { key: 5 }, { key: '' }, { key: ['x'] }, 'text', 7])
    it(`says so of a credential like ${JSON.stringify(data)}`, async () => {
      const { code, err } = await run('otp', gives(data))
      expect(code).to.equal(2)
      expect(err.trim().split('\n')).to.have.length(1)
    })

  for (const data of [
    { key: 'x', key_type: 'otp', port: 'none' },
    { key: 'x', key_type: 'otp', port: 1e99 },
    { key: 'x', key_type: 'otp', port: -1 },
  ])
    it(`logs in all the same with ${JSON.stringify(data)}`, async () => {
      expect((await run('otp', gives(data))).code).to.equal(0)
    })

  for (const key_type of ['fido', { a: 1 }, undefined])
    it(`does not take a credential of type ${JSON.stringify(key_type)} for a password`, async () => {
      const { code, err, revoked } = await run('otp', gives({ key: 'x', key_type }))
      expect([code, revoked]).to.deep.equal([2, true])
      expect(err).to.include('this program cannot log in with key_type')
    })

  for (const [signed_key, message] of [
    ['not a certificate at all', /^the certificate that the server sent is invalid: [^\n]+\n$/],
    [key.line, /^the certificate that the server sent is invalid: [^\n]+\n$/],
    ['', /^signed key is empty\n$/],
    [5, /^signed key is empty\n$/],
    [undefined, /^missing signed key\n$/],
  ] as const)
    it(`says so of the certificate ${JSON.stringify(signed_key)?.slice(0, 30)}`, async () => {
      const script: Script = path => (path === 'ssh/sign/r' ? { data: { signed_key } } : undefined)
      const { code, err } = await run('ca', script)
      expect(code).to.equal(2)
      expect(err).to.match(message)
    })

  it('says so of the keys of issuers, where the agent has a certificate', async () => {
    writeFileSync(`${key.file}-cert.pub`, certificate)
    const environment = { ...process.env, SSH_AUTH_SOCK: join(line.folder, 'agent') }
    await once(spawn('ssh-add', ['-q', key.file], { env: environment, stdio: 'ignore' }), 'exit')
    const { code, err } = await run('ca', path =>
      path === 'ssh/public_keys' ? 'ssh-ed25519 AAAAbogus' : undefined,
    )
    rmSync(`${key.file}-cert.pub`)
    await once(spawn('ssh-add', ['-q', '-D'], { env: environment, stdio: 'ignore' }), 'exit')
    expect(code).to.equal(2)
    expect(err).to.match(/^the public key that the server sent is invalid: [^\n]+\n$/)
  })

  for (const [keys, message] of [
    ['ssh-ed25519 AAAAbogus', /^the host signing key that the server sent is invalid: [^\n]+\n$/],
    [`* ${key.line}`, /^the host signing key that the server sent is invalid: [^\n]+\n$/],
    ['\n', /^host signing key is empty\n$/],
    [undefined, /^missing host signing key\n$/],
  ] as const)
    it(`says so of the keys for hosts ${JSON.stringify(keys)?.slice(0, 30)}`, async () => {
      const script: Script = path =>
        path === 'ssh/sign/r'
          ? { data: { signed_key: certificate } }
          : path === 'hosts/public_keys'
            ? keys
            : undefined
      const { code, err } = await run('ca', script, ['-host-key-mount-point=hosts'])
      expect(code).to.equal(2)
      expect(err).to.match(message)
    })
})
