import { setImmediate } from 'node:timers/promises'
import { atMost } from '../../shared/at-most.ts'
import { Invalid } from '../../shared/invalid.ts'
import { attempt, type Result } from '../../shared/result.ts'
import { ApiError } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import type { Request } from '../api/request.ts'
import { Gone } from '../storage/kept.ts'
import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import type { AuditOptions, DeclaredDevice } from './audit-options.ts'
import type { AuditedHeaders } from './audited-headers.ts'
import { currentDevices } from './current-devices.ts'
import type { AuditDevice } from './device.ts'
import { DeviceCheck } from './device-check.ts'
import { deviceOptions } from './device-options.ts'
import { DeviceStates } from './device-states.ts'
import {
  type EndedCredential,
  type Entry,
  endedEntry,
  probesEntry,
  requestEntry,
  responseEntry,
  testEntry,
} from './entry.ts'
import { requirePrintablePath } from './file-path.ts'
import { Closed, isClosed } from './journal.ts'
import { ProbeCounts } from './probes.ts'
import type { DeviceRecord } from './records.ts'
import type { RequestContext } from './request-context.ts'
import { type KeyPair, SigningKeys } from './signing-keys.ts'
import { storedDevice } from './stored-device.ts'

/** Milliseconds for which the loaded devices are used before they are read from the store again. */
const FRESH = 1000

/** Milliseconds that closing waits for lines, which may wait for the store. */
const CLOSING_WAIT = 5000

/** The error that clients get. */
const UNWRITTEN =
  'internal error: the audit log cannot be written, so nothing is done; the log of the engine says why'

interface Open {
  readonly device: AuditDevice
  /** JSON of its record. A device whose record has changed is opened again. */
  readonly text: string
}

/**
 * Writes every request and every response to each device. The request fails if there are devices and none of them writes the line.
 * Contract §6.3.
 */
export class Audit implements AsyncDisposable {
  readonly #store: Store
  readonly #options: AuditOptions
  readonly #states: DeviceStates
  readonly #probes = new ProbeCounts(
    async probes => void (await attempt(() => this.#record(() => probesEntry(probes)))),
  )
  #open: ReadonlyMap<string, Open> = new Map()
  #headers: AuditedHeaders = {}
  #loadedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined
  #isGone = false
  readonly #recording = new Set<Promise<void>>()
  readonly #keys: SigningKeys
  readonly #check = new DeviceCheck()

  constructor(store: Store, options: AuditOptions) {
    this.#store = store
    this.#keys = new SigningKeys(store)
    this.#options = options
    this.#states = new DeviceStates(options.log, device => options.failed?.(device))
  }

  get declared(): readonly DeclaredDevice[] {
    return this.#options.declared ?? []
  }

  /** By path of the device, whether its last line was written. */
  get states(): ReadonlyMap<string, boolean> {
    return this.#states.all
  }

  /** Records a request before it is performed. @throws {ApiError} internal, if no device can be written to */
  request(request: Request, context: RequestContext, refusal?: unknown): Promise<void> {
    return this.#record(headers => requestEntry(request, { ...context, headers }, refusal))
  }

  /** Records a response before it is sent. @throws as {@link request} */
  response(request: Request, context: RequestContext, answer: Result<Reply>): Promise<void> {
    return this.#record(headers => responseEntry(request, { ...context, headers }, answer))
  }

  /** Records that a lease or token has ended. Revocation must not wait for a full disk, so a line that is lost is only logged; does not reject. */
  async ended(ended: EndedCredential): Promise<void> {
    try {
      await this.#record(() => endedEntry(ended))
    } catch (error) {
      const { reason } = ended
      const what = 'lease' in ended ? { lease: ended.lease } : { accessor: ended.token.accessor }
      this.#options.log.error({ ...what, reason, error }, 'cannot audit the end of a credential')
    }
  }

  /** Whether a device wrote its last line, or there is no device. */
  get takesLines(): boolean {
    return this.#states.takesLines
  }

  /** Whether a device can be written to, or there is none. Tries every device and opens those that are closed. */
  ready(): Promise<boolean> {
    return this.#check.answer(async () => {
      await this.#fresh().catch(error => this.#goOn(error))
      return this.#look()
    })
  }

  /** Counts a health check that has no line of its own. The count is recorded within a minute. */
  probed(path: string, mount: RequestContext['mount']): void {
    this.#probes.add(path, mount)
  }

  /** Writes a test line to a device that is about to be enabled. @throws {Invalid} for wrong options @throws {Error} if it cannot be written */
  async test(record: DeviceRecord): Promise<void> {
    const { target } = deviceOptions(record.type, record.options)
    requirePrintablePath(record.options)
    if (this.#options.worker !== undefined && target.type === 'stdout')
      throw new Invalid('file_path "stdout" cannot be used with several workers')
    await using device = this.#newDevice(record, await this.#keys.get())
    await device.write(testEntry)
  }

  /** The device at a path that ends in `/`. */
  async device(path: string): Promise<AuditDevice | undefined> {
    await this.#fresh()
    return this.#open.get(path)?.device
  }

  /** The public key that verifies heads, as text. */
  async publicKey(): Promise<string> {
    return (await this.#keys.get()).text
  }

  /** Reads the devices from the store now. */
  reload(): Promise<void> {
    this.#loadedAt = Number.NEGATIVE_INFINITY
    return this.#loading ? this.#loading.then(() => this.#fresh()) : this.#fresh()
  }

  /** Opens all devices, and creates new files where those in use have been moved away. A device that cannot be opened is logged. */
  async open(): Promise<void> {
    await this.reload()
    await Promise.all(this.#look())
  }

  #look(): readonly Promise<boolean>[] {
    return [...this.#open.values()].map(async ({ device }) => {
      const error = await device.open()
      if (error === undefined) this.#states.took(device.path)
      else this.#states.missed(device.path, error)
      return error === undefined
    })
  }

  /** Closes all devices and forgets their salts, once the lines of what has just happened are written. The next line opens them again. */
  async close(): Promise<void> {
    await this.#probes.flush()
    // what waited for a commit goes on first, and records it
    await setImmediate()
    await atMost(CLOSING_WAIT, Promise.allSettled(this.#recording))
    await this.#loading?.catch(() => undefined)
    const open = [...this.#open.values()]
    this.#open = new Map()
    this.#states.keep([])
    this.#keys.forget()
    this.#loadedAt = Number.NEGATIVE_INFINITY
    await Promise.all(open.map(({ device }) => device[Symbol.asyncDispose]()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @param entryOf makes the entry from the headers that are audited now */
  #record(entryOf: (headers: AuditedHeaders) => Entry): Promise<void> {
    const recording = this.#recordNow(entryOf)
    this.#recording.add(recording)
    const ended = () => void this.#recording.delete(recording)
    recording.then(ended, ended)
    return recording
  }

  async #recordNow(entryOf: (headers: AuditedHeaders) => Entry): Promise<void> {
    if (performance.now() - this.#loadedAt > FRESH)
      await this.#fresh().catch(error => this.#goOn(error))
    if (this.#open.size === 0) return
    const entry = entryOf(this.#headers)
    const writing = [...this.#open.values()].map(({ device }) => this.#write(device, entry))
    const written = await attempt(() => Promise.any(writing))
    if (written.ok) return
    // the devices were replaced, or the engine sealed, while the line waited
    if (isClosed(written.error)) await this.#recordNow(entryOf)
    else throw new ApiError('internal', UNWRITTEN, { cause: written.error })
  }

  async #write(device: AuditDevice, entry: Entry): Promise<void> {
    try {
      await device.write(entry)
      this.#states.took(device.path)
    } catch (error) {
      if (!(error instanceof Closed)) this.#states.refused(device.path, error)
      throw error
    }
  }

  /** Continues with the open devices when the store cannot be read: the refused requests are recorded, too. */
  #goOn(error: unknown): void {
    if (this.#open.size === 0) throw error
    const isGone = error instanceof Gone
    if (isGone && !this.#isGone) this.#options.log.error({ error }, 'audit device records deleted')
    this.#isGone = isGone
  }

  /** Loads the devices if they were loaded more than {@link FRESH} ago. */
  #fresh(): Promise<void> {
    if (performance.now() - this.#loadedAt <= FRESH) return Promise.resolve()
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<void> {
    const at = performance.now()
    const { records, headers } = await transact(this.#store, tx =>
      currentDevices(tx, this.declared),
    )
    const keys = records.length > 0 ? await this.#keys.get() : undefined
    const next = new Map<string, Open>()
    for (const record of records) {
      const text = JSON.stringify(record)
      const before = this.#open.get(record.path)
      // a file has one writer at a time
      if (before && before.text !== text) await before.device[Symbol.asyncDispose]()
      if (before?.text === text) next.set(record.path, before)
      else if (keys) next.set(record.path, { text, device: this.#newDevice(record, keys) })
    }
    const gone = [...this.#open].filter(([path, open]) => next.get(path) !== open)
    this.#open = next
    this.#states.keep([...next.keys()])
    this.#headers = headers
    this.#loadedAt = at
    this.#isGone = false
    await Promise.all(gone.map(([, { device }]) => device[Symbol.asyncDispose]()))
  }

  #newDevice(record: DeclaredDevice & { readonly salt: string }, keys: KeyPair): AuditDevice {
    const { cluster, worker } = this.#options
    return storedDevice(record, {
      ...{ store: this.#store, cluster: cluster(), worker, ...keys },
      foreign: (device, found) => this.#states.foreign(device, found),
    })
  }
}
