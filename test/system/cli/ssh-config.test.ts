import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { privateDirectory } from '../../../engine/cli/ssh/config/private-files.ts'
import { ProcessLock } from '../../../engine/cli/ssh/config/process-lock.ts'
import { cases } from '../../support/cases.ts'
import { type CommandLine, commandLine, MAIN } from './command-line.ts'

describe('postern ssh-config', () => {
  let line: CommandLine
  let folder: string
  let count = 0
  let config: string
  let token: string

  before(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    const input = 'path "ssh/creds/web" { capabilities = ["update"] }'
    await line.run(['policy', 'write', 'otp-user', '-'], { input })
    token = await line.must('token create -policy=otp-user -field=token')
  })
  after(() => line[Symbol.asyncDispose]())
  beforeEach(() => {
    // a path for sockets is short
    folder = join(line.folder, String(++count))
    mkdirSync(folder, { mode: 0o700 })
    config = join(folder, 'config')
  })

  const run = (...words: readonly string[]) =>
    line.run(['ssh-config', `-config=${config}`, ...words], {
      environment: { POSTERN_TOKEN: token },
    })
  const example = (...words: readonly string[]) => run('-host=*.example.com', '-role=web', ...words)
  const modeOf = (path: string) => statSync(path).mode & 0o777

  it('writes the block of its first example, which holds no token', async () => {
    writeFileSync(config, 'Host own\n', { mode: 0o644 })
    const { code, err } = await example()
    expect([code, err]).to.deep.equal([0, ''])
    const fragment = join(folder, 'postern.conf')
    expect(readFileSync(config, 'utf8')).to.equal(`Include "${fragment}"\nHost own\n`)
    const text = readFileSync(fragment, 'utf8')
    expect(text).to.contain('-role=web').and.to.contain(`-address=${line.address}`)
    expect(text).not.to.contain(token)
    expect([config, fragment, join(folder, 'postern')].map(modeOf)).to.deep.equal([
      ...[0o644, 0o600, 0o700],
    ])
  })

  it('says the same again when it is run again', async () => {
    await example()
    const before = readFileSync(join(folder, 'postern.conf'), 'utf8')
    await example()
    expect(readFileSync(join(folder, 'postern.conf'), 'utf8')).to.equal(before)
  })

  it('waits while another run writes, whose block would be lost', async () => {
    const directory = privateDirectory(join(folder, 'postern'))
    const other = await ProcessLock.take(join(directory, 'config.lock'), 0)
    const running = example()
    await pause(300)
    expect(existsSync(join(folder, 'postern.conf'))).to.equal(false)
    other?.[Symbol.dispose]()
    expect((await running).code).to.equal(0)
    expect(existsSync(join(folder, 'postern.conf'))).to.equal(true)
    expect(readdirSync(directory)).to.deep.equal([])
  })

  it('leaves a configuration as it is that is in another encoding', async () => {
    const text = Buffer.from('# caf\xe9\n', 'latin1')
    writeFileSync(config, text)
    const { code, err } = await example()
    expect([code, err]).to.deep.equal([2, `failed to read ${config}: it is not in UTF-8\n`])
    expect(readFileSync(config).equals(text)).to.equal(true)
  })

  it('prints, and writes nothing', async () => {
    const { code, out } = await example('-print')
    expect(code).to.equal(0)
    expect(out).to.match(/^# begin \*\.example\.com\nMatch host .*\n(?: {2}.*\n)+# end \S+\n$/)
    expect(JSON.parse((await example('-print', '-format=json')).out).block).to.equal(out)
    expect(existsSync(config) || existsSync(join(folder, 'postern'))).to.equal(false)
  })

  it('takes one block back, and with the last of them everything', async () => {
    writeFileSync(config, 'Host own\n')
    await example()
    await run('-host=other', '-role=web')
    await run('-remove', '-host=*.example.com')
    expect(readFileSync(join(folder, 'postern.conf'), 'utf8')).to.contain('# begin other')
    expect((await run('-remove', '-host=other')).code).to.equal(0)
    expect(readFileSync(config, 'utf8')).to.equal('Host own\n')
    expect(existsSync(join(folder, 'postern.conf'))).to.equal(false)
    expect((await run('-remove')).code).to.equal(0)
  })

  for (const [words, why] of cases([
    [[], '-host is required'],
    [['-host=a b'], '-host is required'],
    [['-host=a";b'], '-host is required'],
    [['-host=a', '-user=a;b'], '-user is the name of a user'],
    [['-host=a', "-role=a'b"], 'cannot hold'],
    [['-host=a', '-mode=key'], 'Unknown SSH mode'],
    [['-host=a', '-persist=0'], '-persist is at least'],
  ] as const))
    it(`refuses ${words.join(' ') || 'no host'}`, async () => {
      const { code, err } = await run(...words)
      expect(code).to.equal(1)
      expect(err).to.contain(why)
      expect(existsSync(config)).to.equal(false)
    })

  describe('whose check', () => {
    const check = (host: string, ...words: readonly string[]) =>
      line.run(['ssh', '-check', ...words, '--', host, 'ubuntu', '22'])

    it('refuses names that a shell could take apart', async () => {
      const ended = await check('a;id', `-directory=${join(folder, 'live')}`)
      expect(ended).to.deep.equal({ code: 1, out: '', err: '' })
      expect(existsSync(join(folder, 'live'))).to.equal(false)
    })

    it('refuses a directory that others can enter', async () => {
      chmodSync(folder, 0o755)
      const { code, err } = await check('web', `-directory=${folder}`)
      expect(code).to.equal(1)
      expect(err).to.contain('others cannot enter')
    })

    it('says that there is no way to give ssh a password without a shared connection', async () => {
      const flags = [`-directory=${folder}`, '-role=web', '-mode=otp']
      const { code, err } = await check('10.1.2.3', ...flags)
      expect(code).to.equal(1)
      expect(err).to.contain('ssh goes on without a credential for 10.1.2.3')
      expect(err).to.contain('ControlPath')
    })

    it('says once for an ssh, in a sentence, that the token has expired', async () => {
      const key = join(folder, 'key')
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
      const flags = [`-directory=${folder}`, '-role=web', '-mode=ca', `-public-key-path=${key}.pub`]
      const command = [process.execPath, MAIN, 'ssh', '-check', ...flags].join(' ')
      // with this option, ssh reads its configuration twice
      const block = `Match host 127.0.0.1 exec "exec ${command} -- '%n' '%r' '%p'"\n  User ubuntu\n`
      writeFileSync(config, `CanonicalizeHostname always\n${block}`)
      const words = ['-F', config, '-p', '1', 'ubuntu@127.0.0.1', 'true']
      const env = { ...line.environment, POSTERN_TOKEN: 'hvs.expired' }
      const { status, stderr } = await ended(spawn('ssh', words, { env }))
      expect(status).to.equal(255)
      expect(stderr.split('\n').slice(0, 2)).to.deep.equal([
        'Your token has expired, was revoked or is mistyped, or may not be used from this address. Log in again, for example with "postern login -method=userpass username=NAME".',
        'postern: ssh goes on without a credential for 127.0.0.1',
      ])
      expect(stderr.match(/goes on without/g)).to.have.length(1)
    })
  })
})

async function ended(child: ChildProcessWithoutNullStreams) {
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { status, stderr }
}
