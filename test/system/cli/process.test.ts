import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { type CommandLine, commandLine } from './command-line.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

describe('postern as a process', () => {
  let line: CommandLine
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  function start(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [MAIN, ...words], {
      env: { ...line.environment, ...environment },
      // without a terminal, so that nothing can be asked
      detached: true,
    })
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return {
      child,
      ended: ended.then(([out, err, [code, signal]]) => ({ out, err, code: code ?? signal })),
    }
  }

  /** A program in place of ssh. */
  function ssh(script: string): readonly string[] {
    const path = join(line.folder, 'ssh')
    writeFileSync(path, `#!/bin/sh\ncase $1 in -G|-V) exit 255 ;; esac\n${script}\n`)
    chmodSync(path, 0o755)
    return ['ssh', '-role=web', `-ssh-executable=${path}`, 'ubuntu@10.1.2.3']
  }

  it('reads standard input and prints a field without an end of line', async () => {
    const { child, ended } = start(['write', '-field=username', 'ssh/creds/web', '-'])
    child.stdin.end('{"ip": "10.1.2.3"}')
    expect(await ended).to.deep.equal({ out: 'ubuntu', err: '', code: 0 })
  })

  it('ends with the code of what went wrong', async () => {
    const [refused, misused] = [start(['read', 'ssh/roles/none']), start(['read'])]
    expect([(await refused.ended).code, (await misused.ended).code]).to.deep.equal([2, 1])
  })

  it('does not mind a reader that has seen enough', async () => {
    const words = [MAIN, 'read', '-help']
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect([err, code]).to.deep.equal(['', 0])
  })

  it('shows an address that can be asked where it listens on all of them', async () => {
    const words = ['server', '-dev', '-dev-listen-address=0.0.0.0:0', '-log-level=error']
    const { child, ended } = start(words)
    const [shown] = await once(child.stdout, 'data')
    child.kill()
    const { out, code } = await ended
    expect(code).to.equal(0)
    const text = shown + out
    const [, address = ''] = /Api Address: (\S+)\n/.exec(text) ?? []
    expect(address).to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(text).to.include(`export POSTERN_ADDR='${address}'\n`)
    expect(text).to.include(`export VAULT_ADDR='${address}'\n`)
    expect(text).to.match(/Listener 1: tcp \(addr: "0\.0\.0\.0:\d+"/)
  })

  it('makes a certificate for trying things, which clients trust by its CA', async () => {
    const file = join(line.folder, 'dev.toml')
    const own =
      '[listener]\naddress = "0.0.0.0:1"\ntls_disable = true\n[storage]\ntype = "sqlite"\n'
    writeFileSync(file, `log_level = "error"\ndefault_lease_ttl = "5m"\n${own}path = "/nowhere"\n`)
    chmodSync(file, 0o600)
    const words = ['server', '-dev-tls', '-dev-listen-address=127.0.0.1:0', `-config=${file}`]
    const child = spawn(process.execPath, [MAIN, ...words, '-dev-root-token-id=root'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    })
    const closed = once(child, 'close')
    let shown = ''
    child.stdout.on('data', part => {
      shown += part
    })
    while (!/Root Token: \S+\n/.test(shown) && child.exitCode === null) await wait(20)
    const [, POSTERN_ADDR = ''] = /export POSTERN_ADDR='(https:\S+)'/.exec(shown) ?? []
    const [, POSTERN_CACERT = ''] = /export POSTERN_CACERT='(\S+)'/.exec(shown) ?? []
    const client = { POSTERN_ADDR, POSTERN_CACERT, POSTERN_TOKEN: 'root' }
    const tuned = await start(['read', '-format=json', 'sys/mounts/cubbyhole/tune'], client).ended
    expect([tuned.err, tuned.code]).to.deep.equal(['', 0])
    expect(shown)
      .to.match(/Log Level: error\n/)
      .and.match(/Storage: inmem\n/)
    const alone = await start(['status'], { ...client, POSTERN_CACERT: '' }).ended
    child.kill()
    expect((await closed)[0]).to.equal(0)
    expect(existsSync(POSTERN_CACERT)).to.equal(false)
    expect([tuned.err, tuned.code]).to.deep.equal(['', 0])
    expect(JSON.parse(tuned.out).data.default_lease_ttl).to.equal(300)
    expect(alone.err).to.contain('a CA that is not trusted here')
    expect(shown)
      .to.match(/Log Level: error\n/)
      .and.match(/Storage: inmem\n/)
  })

  it('leaves standard input, output and errors to ssh', async () => {
    const { child, ended } = start(ssh('cat; echo sad >&2; exit 3'))
    const sent = 'x'.repeat(300_000)
    child.stdin.end(sent)
    expect(await ended).to.deep.equal({ out: sent, err: 'sad\n', code: 3 })
  })

  it('outlives ssh on SIGTERM, and revokes the lease', async () => {
    const started = join(line.folder, 'started')
    const { child, ended } = start(ssh(`touch ${started}; exec sleep 30`))
    while (!existsSync(started)) await wait(20)
    child.kill('SIGTERM')
    const { code, err } = await ended
    expect([code, err]).to.deep.equal([143, ''])
    expect((await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).err).to.match(/^No value/)
  })

  it('does not prompt without a terminal', async () => {
    const answers = join(line.folder, 'answers')
    const asks = `"$SSH_ASKPASS" "Are you sure you want to continue connecting (yes/no)? " > ${answers} || echo refused > ${answers}`
    await start(ssh(asks)).ended
    expect(readFileSync(answers, 'utf8')).to.equal('refused\n')
    expect((await start(['login'], { POSTERN_TOKEN: '' }).ended).code).to.equal(1)
  })
})
