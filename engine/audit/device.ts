import type { KeyObject } from 'node:crypto'
import type { ChainPosition } from './chain.ts'
import type { DeviceFormat } from './device-format.ts'
import type { DeviceOptions, Target } from './device-options.ts'
import type { Entry } from './entry.ts'
import { FileSink } from './file-sink.ts'
import { Hasher } from './hasher.ts'
import { Journal } from './journal.ts'
import { lineOf } from './line.ts'
import type { HeadMemory } from './place-memory.ts'
import type { Sink, StrayBytes } from './sink.ts'
import { SocketSink } from './socket-sink.ts'
import { StdoutSink } from './stdout-sink.ts'

/** Writes entries as lines, in its own format, to one sink. */
export interface AuditDevice extends AsyncDisposable {
  /** Ends in `/`. */
  readonly path: string
  readonly hasher: Hasher
  /** The file that this process writes it to, if it is one. */
  readonly file: string | undefined
  /** The position of its next line. */
  readonly next: ChainPosition | undefined
  /** Resolves once the line is where a crash of this process cannot lose it. @throws {Error} */
  write(entry: Entry): Promise<void>
  /** Opens the sink, or a new file if the old one has been moved away. Returns the error if that fails. */
  open(): Promise<unknown>
}

export interface DeviceSettings {
  readonly path: string
  readonly salt: string
  readonly options: DeviceOptions
  readonly cluster: string
  /** The number of this process, where several are one node. */
  readonly worker: number | undefined
  readonly key: KeyObject
  readonly publicKey: string
  /** The memory for the last head of a file or receiver, by its name. */
  readonly memory: (name: string) => HeadMemory
  /** Called when the file ends with bytes that no engine has written. */
  readonly foreign: (found: StrayBytes) => void
}

/** Makes a device. It opens its sink for the first line. */
export function newDevice(settings: DeviceSettings): AuditDevice {
  const { path, salt, options, cluster, worker = 1, key, publicKey, memory, foreign } = settings
  const { target, raw, accessors, elideLists } = options
  const hasher = new Hasher({ salt, raw, accessors })
  const format: DeviceFormat = { hasher, elideLists }
  const sink = sinkOf(target)
  const journal =
    sink &&
    new Journal({
      sink,
      // workers may share a receiver, but each has its own chain
      memory: memory(worker === 1 ? sinkName(target) : `${sinkName(target)} ${worker}`),
      ...{ key, foreign },
      writer: { device: path, cluster, key: publicKey },
    })
  return {
    path,
    hasher,
    file: target.type === 'file' ? target.path : undefined,
    get next() {
      return journal?.next
    },
    async write(entry) {
      await journal?.append(lineOf(entry(format)))
    },
    async open() {
      if (sink instanceof FileSink) sink.look()
      return journal?.nudge()
    },
    async [Symbol.asyncDispose]() {
      await journal?.[Symbol.asyncDispose]()
    },
  }
}

function sinkOf(target: Target): Sink | undefined {
  switch (target.type) {
    case 'file':
      return new FileSink(target)
    case 'stdout':
      return new StdoutSink(target.timeout)
    case 'socket':
      return new SocketSink(target)
    case 'discard':
      return undefined
  }
}

/** A name for the target that is unique on this machine. */
const sinkName = (target: Target): string =>
  target.type === 'file'
    ? target.path
    : target.type === 'socket'
      ? `${target.kind} ${target.host}:${target.port}${target.path}`
      : target.type
