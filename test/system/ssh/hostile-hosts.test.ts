import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { Connection } from '../../../engine/ssh/dynamic/connection.ts'
import { HostSessions } from '../../../engine/ssh/dynamic/host-sessions.ts'
import type { InstalledKey } from '../../../engine/ssh/dynamic/installed-key.ts'
import { uninstallKey } from '../../../engine/ssh/dynamic/installer.ts'
import { Lost, Refused } from '../../../engine/ssh/dynamic/session-errors.ts'
import { parseAddress } from '../../../shared/address.ts'
import { type Exec, HostileHost, later, type Raw } from '../../support/hostile-host.ts'
import { Keygen } from '../../support/keygen.ts'

const KEY: InstalledKey = {
  ip: parseAddress('127.0.0.1')!,
  port: 22,
  username: 'alice',
  publicKey: 'ssh-ed25519 AAAA',
  options: [],
  marker: 'postern:m:l',
  script: '',
  timeout: 1,
}

/** Seconds that the command may take: a while after which a host is late, or more than one that answers takes on a busy machine. */
const [SHORT, LONG] = [KEY.timeout, 30]

/** Milliseconds after that time, and before the test ends. */
const LATE = SHORT * 1000 + 500

const EXECS: readonly (readonly [string, Exec, typeof Lost | typeof Refused])[] = [
  ['never answers a command', () => undefined, Lost],
  ['refuses every command', (_, { reject }) => reject(), Refused],
  ['closes the channel without an exit status', accept => accept().close(), Lost],
  ['says at once that the command has ended', accept => ended(accept()), Refused],
  [
    'accepts too late, and closes the channel',
    accept =>
      void later(LATE, () => {
        const channel = accept()
        void later(100, () => channel.close())
      }),
    Lost,
  ],
  [
    'accepts too late, and ends the connection',
    (accept, { end }) =>
      void later(LATE, () => {
        accept()
        void later(100, end)
      }),
    Lost,
  ],
  ['ends the connection instead of running the command', (_, { end }) => end(), Lost],
]

const header = (length: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}

const banner = (rest: Buffer | string): Raw => {
  return socket => socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.from(rest)]))
}

/** SSH_MSG_KEXINIT with ten lists of 30 000 names. RFC 4253 §7.1. */
function largeProposal(): Buffer {
  const names = Buffer.from(Array<string>(15_000).fill('a').join(','))
  const lists = Array.from({ length: 10 }, () => [header(names.length), names]).flat()
  const payload = Buffer.concat([Buffer.of(20), randomBytes(16), ...lists, Buffer.alloc(5)])
  const padding = Buffer.alloc(8 + ((8 - ((payload.length + 13) % 8)) % 8))
  return Buffer.concat([
    header(payload.length + padding.length + 1),
    Buffer.of(padding.length),
    payload,
    padding,
  ])
}

const RAWS: readonly (readonly [string, Raw])[] = [
  ['says nothing', () => undefined],
  ['sends a banner without an end', socket => flood(socket, Buffer.alloc(65_536, 'a'))],
  ['sends 20 000 lines before its banner', socket => socket.write('line\r\n'.repeat(20_000))],
  ['sends random bytes', socket => socket.write(randomBytes(10_000))],
  ['announces a packet of 2 GiB', banner(header(2 ** 31 - 1))],
  ['sends packets of no bytes', banner(Buffer.alloc(4000))],
  [
    'resets the connection after its banner',
    socket => socket.write('SSH-2.0-x\r\n', () => socket.resetAndDestroy()),
  ],
  ['speaks SSH-1.5', socket => socket.write('SSH-1.5-x\r\n')],
  ['proposes very many algorithms', banner(largeProposal())],
  ['has escape sequences in its banner', socket => socket.write('\x1b]0;x\x07SSH-2.0-\x1b[2J\r\n')],
]

describe('A hostile host', () => {
  const keygen = new Keygen()
  const outcomes = new Map<string, unknown>()
  /** What would have ended the process: Mocha does not tell of it. */
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)

  // all at the same time: some only end when the engine gives up
  before(async function () {
    this.timeout(60_000)
    process.on('unhandledRejection', note)
    const conducts = [
      ...EXECS.map(([name, exec, kind]) => [name, { exec }, kind] as const),
      ...RAWS.map(([name, raw]) => [name, { raw }, Refused] as const),
    ]
    await Promise.all(
      conducts.map(async ([name, conduct, kind]) => {
        using host = await HostileHost.start(keygen, conduct)
        using sessions = new HostSessions()
        const outcome = await uninstallKey(sessions, host.login(), {
          key: { ...KEY, timeout: kind === Refused ? LONG : SHORT },
          unprovable: false,
        }).catch(error => error)
        outcomes.set(name, outcome)
        // what comes later must not end the process
        await setTimeout(LATE)
      }),
    )
  })
  after(() => {
    process.off('unhandledRejection', note)
    keygen[Symbol.dispose]()
  })

  it('leaves no unhandled rejection', () => expect(unhandled).to.deep.equal([]))

  for (const [name, , kind] of EXECS)
    it(`that ${name} fails the request alone`, () =>
      expect(outcomes.get(name)).to.be.an.instanceof(kind))

  for (const [name] of RAWS)
    it(`that ${name} fails the request alone`, () => {
      const outcome = outcomes.get(name) as Refused
      expect(outcome).to.be.an.instanceof(Refused)
      expect(outcome.message.length).to.be.within(1, 300)
    })
})

describe('A connection that has just ended', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  it('refuses the next command with a sentence', async () => {
    using host = await HostileHost.start(keygen, { exec: accept => ended(accept()) })
    const connection = await Connection.open(host.login())
    connection[Symbol.dispose]()
    const error = await connection
      .run({ command: 'true', input: '' }, AbortSignal.timeout(5000))
      .catch(each => each)
    expect(error).to.be.an.instanceof(Refused)
    expect(error.message).to.equal('the host has closed the connection')
  })
})

function ended(channel: { exit(code: number): void; end(): void }): void {
  channel.exit(0)
  channel.end()
}

function flood(socket: Parameters<Raw>[0], chunk: Buffer): void {
  let [sent, open] = [0, true]
  socket.on('close', () => {
    open = false
  })
  const more = () => {
    if (!open || ++sent > 4096) return
    socket.write(chunk, more)
  }
  more()
}
