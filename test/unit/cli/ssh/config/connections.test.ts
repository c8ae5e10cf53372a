import { once } from 'node:events'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bootClock } from '../../../../../engine/cli/ssh/config/boot-clock.ts'
import { Connections } from '../../../../../engine/cli/ssh/config/connections.ts'
import { WireWriter } from '../../../../../engine/openssh/wire.ts'

/** No process has it. */
const GONE = 2 ** 22 + 1
const HOUR = 3_600_000

/** Messages of a shared connection, as PROTOCOL.mux of OpenSSH numbers them. */
const [HELLO, VERSION, ALIVE, FAILURE] = [1, 4, 0x80000005, 0x80000003]

function message(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * numbers.length)
  for (const [at, number] of [4 * numbers.length, ...numbers].entries())
    bytes.writeUInt32BE(number, 4 * at)
  return bytes
}

/** Says that it lives, and then that a session is refused. */
const WHY = Buffer.from('Session open refused by peer')
const REFUSED = Buffer.concat([message(ALIVE, 0, process.pid), refusal(1)])

function refusal(request: number): Buffer {
  const body = new WireWriter().uint32(FAILURE).uint32(request).string(WHY).bytes()
  return new WireWriter().string(body).bytes()
}

describe('Shared connections to a destination', () => {
  let directory: string
  let pointer: string
  let servers: Server[]

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'postern-connections-'))
    pointer = join(directory, 'pointer')
    servers = []
  })
  afterEach(() => {
    for (const server of servers) server.close()
    rmSync(directory, { recursive: true })
  })

  /** A socket that something listens at, which answers an ssh with this, or hangs up. */
  async function listening(name: string, answer?: readonly Buffer[]): Promise<string> {
    const server = createServer(client => {
      client.on('error', () => client.destroy())
      client.on('data', () => client.end())
      if (answer) client.end(Buffer.concat(answer))
    })
    server.listen(join(directory, name))
    await once(server, 'listening')
    servers.push(server)
    return join(directory, name)
  }

  async function held(): Promise<Connections> {
    const connections = await Connections.hold({ directory, pointer })
    if (!connections) throw new Error('not held')
    return connections
  }

  /** Adds a connection, in a hold of its own. */
  async function add(path: string, lifetime: number, ssh: number): Promise<void> {
    using connections = await held()
    await connections.add(path, { lifetime, ssh, role: 'web' })
  }

  async function attach(ssh: number, most = 1): Promise<boolean> {
    using connections = await held()
    return await connections.attach(ssh, most)
  }

  it('are none at first', async () => expect(await attach(1)).to.equal(false))

  it('take as many sessions as they may', async () => {
    await add(await listening('m-1'), HOUR, process.pid)
    expect(readlinkSync(pointer)).to.equal(join(directory, 'm-1'))
    expect(await attach(process.ppid, 1)).to.equal(false)
    expect(await attach(process.ppid, 2)).to.equal(true)
  })

  it('take no more than the host does, which is asked once', async () => {
    await add(await listening('m-1', [message(HELLO, VERSION), REFUSED]), HOUR, process.pid)
    expect(await attach(process.ppid, 9)).to.equal(false)
    const [notes = ''] = readdirSync(directory).filter(name => /^c-.*json$/.test(name))
    const { sessions } = JSON.parse(readFileSync(join(directory, notes), 'utf8'))
    expect(sessions).to.deep.equal({ fit: 1, limit: 1 })
  })

  it('have to be confirmed after a while, and when another version opened them', async () => {
    await add(await listening('m-1'), HOUR, process.pid)
    using connections = await held()
    expect(connections.unconfirmed).to.equal(undefined)
    const [notes = ''] = readdirSync(directory).filter(name => /^c-.*json$/.test(name))
    const known = JSON.parse(readFileSync(join(directory, notes), 'utf8'))
    for (const [right, role] of [
      [{ ...known.right, asked: bootClock() - 60_001 }, 'web'],
      [undefined, ''],
    ] as const) {
      writeFileSync(join(directory, notes), JSON.stringify({ ...known, right }))
      connections[Symbol.dispose]()
      using again = await held()
      expect(again.unconfirmed).to.equal(role)
      again.confirm('web')
      expect(again.unconfirmed).to.equal(undefined)
    }
  })

  it('are closed for those that follow', async () => {
    await add(await listening('m-1'), HOUR, GONE)
    {
      using connections = await held()
      await connections.close()
      expect(connections.unconfirmed).to.equal(undefined)
    }
    expect(await attach(process.pid, 9)).to.equal(false)
  })

  it('count a process once', async () => {
    await add(await listening('m-1'), HOUR, process.pid)
    expect(await attach(process.pid, 1)).to.equal(true)
  })

  it('have room again when a process has gone', async () => {
    await add(await listening('m-1'), HOUR, GONE)
    expect(await attach(process.pid, 1)).to.equal(true)
  })

  it('take no session after their time', async () => {
    await add(await listening('m-1'), -1, GONE)
    expect(await attach(process.pid, 9)).to.equal(false)
  })

  it('are forgotten when nothing listens', async () => {
    await add(await listening('m-1'), HOUR, GONE)
    servers[0]?.close()
    expect(await attach(process.pid, 9)).to.equal(false)
  })

  it('can be held again', async () => {
    {
      using first = await held()
      expect(first.refusedSince(0)).to.equal(undefined)
    }
    using again = await held()
    expect(again.refusedSince(0)).to.equal(undefined)
  })

  it('tell those who waited that none could be opened, and nobody later', async () => {
    const begun = bootClock()
    {
      using connections = await held()
      connections.refuse(2)
    }
    using connections = await held()
    expect(connections.refusedSince(begun)).to.equal(2)
    expect(connections.refusedSince(bootClock() + 1)).to.equal(undefined)
  })
})
