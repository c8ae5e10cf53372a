import { once } from 'node:events'
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { bootClock } from '../../../../../engine/cli/ssh/config/boot-clock.ts'
import { Connections } from '../../../../../engine/cli/ssh/config/connections.ts'

/** No process has it. */
const GONE = 2 ** 22 + 1
const HOUR = 3_600_000

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

  /** A socket that something listens at. */
  async function listening(name: string): Promise<string> {
    const server = createServer(client => client.on('error', () => client.destroy()))
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
    await connections.add(path, lifetime, ssh)
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
