import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Lab } from '../../support/lab.ts'
import { newIdentity } from '../../support/listening.ts'
import { until } from '../../support/until.ts'

const ROOT = join(import.meta.dirname, '../../..')
const ENGINE = 'fd00:a::1'
/** All places for connections, and those of one source. */
const [PLACES, SHARE] = [4096, 512]
const OTHER = 'fd00:b::1'

describe('A crowd of silent connections', function () {
  this.timeout(120_000)

  const folder = mkdtempSync(join(tmpdir(), 'postern-crowd-'))
  let lab: Lab
  let token: string

  before(async () => {
    lab = await Lab.start()
    const addresses = ['a', 'b', ...Array.from({ length: 9 }, (_, each) => `1${each}`)].flatMap(
      network =>
        [1, 2, 3, 4].map(host => `ip -6 addr add fd00:${network}::${host}/64 dev lo nodad`),
    )
    const made = await lab.run([
      'bash',
      '--norc',
      '-ec',
      ['ip link set lo up', ...addresses].join('\n'),
    ])
    expect(made.stderr).to.equal('')
    token = await startEngine()
    await ask(ENGINE, 'POST', 'sys/auth/userpass', { type: 'userpass' }, token)
    await ask(ENGINE, 'POST', 'auth/userpass/users/alice', { password: 'correct' }, token)
  })
  after(async () => {
    await lab?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  /** Starts an engine with the usual limits in the lab. Gives its root token. */
  async function startEngine(): Promise<string> {
    const { certificate, key } = newIdentity()
    writeFileSync(join(folder, 'engine.crt'), certificate)
    writeFileSync(join(folder, 'engine.key'), key, { mode: 0o600 })
    const config = join(folder, 'engine.toml')
    writeFileSync(
      config,
      `[listener]\naddress = "[::]:8200"\ntls_cert_file = "${folder}/engine.crt"\ntls_key_file = "${folder}/engine.key"\n`,
      { mode: 0o600 },
    )
    const engine = lab.start(node('engine/main.ts', 'server', `-config=${config}`))
    let output = ''
    for await (const part of engine.stdout ?? []) {
      output += part
      const [, found] = /^Root Token: (\S+)$/m.exec(output) ?? []
      if (found) return found
    }
    throw new Error(`the engine does not start: ${output}`)
  }

  const node = (file: string, ...words: string[]) => [
    'bash',
    '--norc',
    '-c',
    'ulimit -n 20000; exec "$@"',
    'bash',
    process.execPath,
    join(ROOT, file),
    ...words,
  ]

  /** Asks so many times from an address, and gives the statuses. */
  async function ask(
    from: string,
    method: string,
    path: string,
    data: object,
    ...more: [token?: string, times?: number]
  ): Promise<readonly (number | string)[]> {
    const [own, times = 1] = more
    const words = [`https://[${ENGINE}]:8200/v1/${path}`, from, String(times), method]
    const tokens = own === undefined ? [] : [own]
    const command = node('test/support/ask-from.ts', ...words, JSON.stringify(data), ...tokens)
    const { stdout, stderr } = await lab.run(command)
    expect(stderr).to.equal('')
    return JSON.parse(stdout)
  }

  const logIn = (from: string) =>
    ask(from, 'POST', 'auth/userpass/login/alice', { password: 'correct' }, undefined, 5)

  /** Opens connections that say nothing, so many from each address. */
  async function crowd(each: number, addresses: readonly string[]): Promise<ChildProcess> {
    const words = [ENGINE, '8200', String(each), ...addresses]
    const child = lab.start(node('test/support/crowd.ts', ...words))
    await once(child.stdout ?? expect.fail(), 'data')
    return child
  }

  it('from one /64 gets the share of one source, and keeps no other out', async () => {
    const hosts = [1, 2, 3, 4].map(host => `fd00:10::${host}`)
    const child = await crowd(PLACES / hosts.length, hosts)
    expect(await settled(SHARE)).to.be.within(1, SHARE)
    expect(await logIn(OTHER)).to.deep.equal([200, 200, 200, 200, 200])
    child.kill()
  })

  it('from enough networks to take all places gives way to a new connection', async () => {
    const networks = Array.from({ length: 9 }, (_, each) => `fd00:1${each}::1`)
    const child = await crowd(SHARE, networks)
    expect(await settled(PLACES)).to.be.within(PLACES - SHARE, PLACES)
    expect(await logIn(OTHER)).to.deep.equal([200, 200, 200, 200, 200])
    child.kill()
  })

  /** Connections that are open once the engine has taken in those that were on their way, of which it keeps so many. */
  async function settled(most: number): Promise<number> {
    let count = 0
    await until(async () => {
      count = await open()
      return count <= most
    })
    return count
  }

  /** Connections of the engine, those included that it has not taken in yet. */
  async function open(): Promise<number> {
    const { stdout } = await lab.run(['ss', '-Htn', 'state', 'established', 'sport = :8200'])
    return stdout.split('\n').filter(Boolean).length
  }
})
