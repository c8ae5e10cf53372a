import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { Audit } from '../../../engine/audit/audit.ts'
import { deviceOptions } from '../../../engine/audit/device-options.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { openAudit, say } from '../../support/open-audit.ts'

describe('An audit device', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-devices-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const device = (type: string, options: Readonly<Record<string, string>>, path = 'one/') => ({
    path,
    type,
    description: '',
    options,
    local: true,
  })
  const auditTo = (...devices: ReturnType<typeof device>[]) => openAudit(new MemoryStore(), devices)
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      error => (error as { cause: AggregateError }).cause.errors[0] as Error,
    )

  /** A server that keeps what it is sent, on a port of its own or a Unix socket. */
  async function receiver(path?: string) {
    const server = createServer()
    const sockets: Socket[] = []
    const received: Buffer[] = []
    server.on('connection', socket => {
      sockets.push(socket)
      socket.on('data', part => received.push(part)).on('error', () => undefined)
    })
    server.listen(path ?? { port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    return {
      server,
      sockets,
      address: path ?? `127.0.0.1:${(server.address() as AddressInfo).port}`,
      text: () => Buffer.concat(received).toString(),
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy()
        await closed(server)
      },
    }
  }
  const closed = (server: Server) => new Promise(resolve => server.close(resolve))
  const paths = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
      .map(({ request, head }) => request?.path ?? head.reason)

  for (const kind of ['tcp', 'unix'])
    it(`sends lines over ${kind}, and connects again after the other side has gone`, async () => {
      await using target = await receiver(kind === 'unix' ? join(folder, 'socket') : undefined)
      await using audit = auditTo(device('socket', { address: target.address, socket_type: kind }))
      await say(audit, 'a')
      await say(audit, 'b')
      await wait(50)
      for (const socket of target.sockets) socket.destroy()
      await wait(50)
      await failure(say(audit, 'lost'))
      await say(audit, 'c')
      await audit.close()
      await wait(50)
      expect(paths(target.text())).to.deep.equal(['opened', 'a', 'b', 'opened', 'c', 'closed'])
    })

  it('sends messages of syslog over UDP, one for each line', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const messages: string[] = []
    socket.on('message', message => messages.push(String(message)))
    await using audit = auditTo(
      device('syslog', {
        address: `127.0.0.1:${socket.address().port}`,
        socket_type: 'udp',
        facility: 'LOCAL3',
        tag: 'gate',
      }),
    )
    await say(audit, 'a')
    await wait(50)
    expect(messages).to.have.length(2)
    expect(messages[1]).to.match(
      /^<158>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ gate \d+ audit - \{"time":.*"path":"a".*\}$/,
    )
    socket.close()
  })

  it('sends messages of syslog over TCP with their length in front', async () => {
    await using target = await receiver()
    await using audit = auditTo(device('syslog', { address: target.address }))
    await say(audit, 'ä')
    await audit.close()
    await wait(50)
    const messages: string[] = []
    for (let rest = Buffer.from(target.text()); rest.length > 0; ) {
      const space = rest.indexOf(' ')
      const end = space + 1 + Number(rest.toString('utf8', 0, space))
      messages.push(rest.toString('utf8', space + 1, end))
      rest = rest.subarray(end)
    }
    expect(messages.map(message => /^<38>1 .*\}$/.test(message))).to.deep.equal([true, true, true])
    expect(messages[1]).to.include('"path":"ä"')
  })

  it('refuses lines while the other side does not read, and takes them again', async () => {
    await using target = await receiver()
    let slow = true
    target.server.on('connection', socket => slow && socket.pause())
    const options = { address: target.address, write_timeout: '1s', log_raw: 'true' }
    await using audit = auditTo(device('socket', options))
    const large = { correlation: 'x'.repeat(100_000) }
    const many = Promise.all(Array.from({ length: 160 }, () => say(audit, 'large', large)))
    const begun = performance.now()
    expect((await failure(many))?.message).to.equal('the audit device took longer than 1000 ms')
    expect(performance.now() - begun).to.be.within(900, 5000)
    slow = false
    await wait(50)
    await say(audit, 'small')
  })

  it('says that there is no receiver', async () => {
    await using audit = auditTo(device('socket', { address: '127.0.0.1:1' }))
    expect((await failure(say(audit, 'a')))?.message).to.match(/ECONNREFUSED/)
  })

  it('is one of several, of which one is enough', async () => {
    const path = join(folder, 'audit.log')
    await using audit = auditTo(
      device('socket', { address: '127.0.0.1:1' }),
      device('file', { file_path: path }, 'two/'),
    )
    await say(audit, 'a')
    expect(paths(readFileSync(path, 'utf8'))).to.deep.equal(['opened', 'a'])
  })

  it('gives each file its permissions, whatever the mask of the process', async () => {
    const [usual, told, kept] = ['a', 'b', 'c'].map(name => join(folder, name))
    writeFileSync(kept!, '')
    chmodSync(kept!, 0o644)
    await using audit = auditTo(
      device('file', { file_path: usual! }, 'a/'),
      device('file', { file_path: told!, mode: '0660' }, 'b/'),
      device('file', { file_path: kept!, mode: '0000' }, 'c/'),
    )
    await say(audit, 'a')
    await audit.close()
    expect([usual, told, kept].map(path => statSync(path!).mode & 0o777)).to.deep.equal([
      0o600, 0o660, 0o644,
    ])
  })

  it('follows no symbolic link, and writes into nothing but a file', async () => {
    const link = join(folder, 'link')
    symlinkSync(join(folder, 'target'), link)
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', [pipe])
    for (const [path, message] of [
      [link, /ELOOP/],
      [pipe, /is not a regular file|ENXIO/],
      [join(folder, 'no/folder'), /ENOENT/],
    ] as const) {
      await using audit = auditTo(device('file', { file_path: path }))
      expect((await failure(say(audit, 'a')))?.message).to.match(message)
    }
  })

  it('waits for the disk with sync = true', async () => {
    const path = join(folder, 'audit.log')
    await using audit = auditTo(device('file', { file_path: path, sync: 'true' }))
    await Promise.all(Array.from({ length: 100 }, (_, number) => say(audit, String(number))))
    expect(paths(readFileSync(path, 'utf8'))).to.have.length(101)
  })

  for (const [type, options, message] of [
    ['nothing', {}, 'unknown backend type: "nothing"'],
    ['file', {}, 'file_path is required'],
    ['file', { file_path: 'audit.log' }, 'file_path must be absolute, not "audit.log"'],
    [
      'file',
      { file_path: '/var/../etc/x' },
      'file_path must be the plain path of a file, not "/var/../etc/x"',
    ],
    ['file', { file_path: '/dev/sda' }, 'file_path must not be a device: "/dev/sda"'],
    ['file', { file_path: '/a', mode: '0700' }, 'mode 0700 would make the file executable'],
    ['file', { file_path: '/a', mode: '4600' }, 'mode 4600 would make the file executable'],
    ['file', { file_path: '/a', mode: '0666' }, 'mode 0666 would let every user write to the file'],
    ['file', { file_path: '/a', mode: 'rw' }, 'mode must be octal digits such as 0600, not "rw"'],
    ['file', { file_path: '/a', prefix: '@cee:' }, '"prefix" is not supported: every line is JSON'],
    ['file', { file_path: '/a', format: 'jsonx' }, 'unsupported "format": "jsonx"'],
    ['file', { file_path: '/a', filter: 'x' }, 'unknown option "filter"'],
    [
      'file',
      { file_path: '/a', sync: 'maybe' },
      'option "sync": expected true or false, got another text',
    ],
    ['socket', {}, 'address is required'],
    ['socket', { address: 'here' }, 'address must be host:port, not "here"'],
    [
      'socket',
      { address: 'a:1', socket_type: 'unix' },
      'address must be the path of a Unix socket',
    ],
    ['socket', { address: 'a:1', write_timeout: '0s' }, 'write_timeout must be 1s to 60s'],
    ['syslog', { facility: 'x' }, 'unknown syslog facility "x"'],
  ] as const)
    it(`does not take ${JSON.stringify({ type, ...options })}`, () => {
      expect(() => deviceOptions(type, options)).to.throw(message)
    })

  it('shares its file with no other, by whatever name', async () => {
    const file = join(folder, 'audit.log')
    await using audit = auditTo(device('file', { file_path: file }))
    await say(audit, 'a')
    linkSync(file, join(folder, 'hard'))
    mkdirSync(join(folder, 'sub'))
    symlinkSync(folder, join(folder, 'sub/link'))
    for (const name of ['audit.log', 'hard', 'sub/link/audit.log']) {
      const record = { ...device('file', { file_path: join(folder, name) }, 'two/'), salt: '00' }
      const said = await audit.test(record).catch(({ message }) => message)
      expect(said).to.match(/is in use by another audit device/)
    }
    const before = readFileSync(file, 'utf8')
    expect(before.split('\n').filter(Boolean)).to.have.length(2)
    // what was moved away is nobody's any more
    renameSync(file, `${file}.1`)
    await audit.open()
    const old = { ...device('file', { file_path: `${file}.1` }, 'two/'), salt: '00' }
    await audit.test(old)
  })

  it('has no path with control characters', async () => {
    await using audit = auditTo()
    const record = { ...device('file', { file_path: join(folder, 'new\nline') }), salt: '00' }
    expect(await audit.test(record).catch(({ message }) => message)).to.equal(
      'file_path must not contain control characters',
    )
  })

  it('is logged once when it fails, and once when it works again', async () => {
    const said: string[] = []
    let failed = 0
    await using audit = new Audit(new MemoryStore(), {
      declared: [device('file', { file_path: join(folder, 'sub/audit.log') })],
      cluster: () => 'test',
      log: { error: (_, message) => said.push(message) },
      failed: () => failed++,
    })
    for (let times = 0; times < 3; times++) {
      const refused = await say(audit, 'a').catch(error => error)
      expect(refused.code).to.equal('internal')
      expect(refused.message).to.include('the audit log cannot be written')
    }
    expect([...audit.states]).to.deep.equal([['one/', false]])
    mkdirSync(join(folder, 'sub'))
    await say(audit, 'a')
    await say(audit, 'b')
    expect([...audit.states]).to.deep.equal([['one/', true]])
    expect(failed).to.equal(3)
    expect(said).to.deep.equal([
      'audit device cannot be written to; if no device can be, every request fails',
      'audit device can be written to again',
    ])
  })

  it('does not count as failed while the event loop is blocked', async () => {
    const options = { file_path: join(folder, 'audit.log'), write_timeout: '1s' }
    await using audit = auditTo(device('file', options))
    await say(audit, 'a')
    const lines = Promise.all([say(audit, 'b'), say(audit, 'c')])
    // as far as the write, and no further
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    const end = performance.now() + 2500
    while (performance.now() < end);
    await lines
    expect([...audit.states]).to.deep.equal([['one/', true]])
  })
})
