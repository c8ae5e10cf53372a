import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client'
import type { Event } from '../api/event.ts'

/** A request that has been answered. All of it is from lists that no client can make longer, so that none can make new series. */
export interface Answered {
  /** Path of the mount, which an operator has given it. */
  readonly mount: string
  /** Of the mount. */
  readonly type: string
  /** As it was declared: `creds/:role`. */
  readonly path: string
  readonly operation: string
  readonly status: number
  readonly seconds: number
}

/** What one process has counted, as plain data. */
export type Counts = readonly MetricObjectWithValues<MetricValue<string>>[]

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Of the library's own: gauges named like counters, each the sum of another one. */
const MISNAMED = ['handles', 'requests', 'resources'].map(what => `nodejs_active_${what}_total`)

/** Counts what the server does, for Prometheus; where several processes are one node, each what it does itself. */
export class Metrics {
  readonly #registry = new Registry()
  /** Numbers of the store, which are the same in whatever process they are read. */
  readonly #ofStore = new Registry()
  readonly #others: Others | undefined
  readonly #requests = new Counter({
    name: 'postern_requests_total',
    help: 'Requests answered, by mount, its type, path, operation and HTTP status.',
    labelNames: ['mount', 'type', 'path', 'operation', 'status'],
    registers: [this.#registry],
  })
  readonly #seconds = new Histogram({
    name: 'postern_request_seconds',
    help: 'How long requests took, from their last byte to the answer.',
    labelNames: ['mount', 'type', 'path', 'operation'],
    buckets: SECONDS,
    registers: [this.#registry],
  })
  readonly #limited = new Counter({
    name: 'postern_requests_limited_total',
    help: 'Requests refused because their source had made too many.',
    registers: [this.#registry],
  })
  readonly #events = new Counter({
    name: 'postern_events_total',
    help: 'One-time passwords issued, verified and refused by reason, certificates signed by type and revoked, lists of revoked keys fetched by whether the host knew them.',
    labelNames: ['event', 'reason'],
    registers: [this.#registry],
  })
  readonly #store = new Histogram({
    name: 'postern_store_seconds',
    help: 'How long the store took, by operation.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers: [this.#registry],
  })

  readonly #listVersion = new Gauge({
    name: 'postern_krl_version',
    help: 'Version of the list of revoked keys that was last asked for, by mount.',
    labelNames: ['mount'],
    aggregator: 'max',
    registers: [this.#registry],
  })

  readonly #listFetched = new Gauge({
    name: 'postern_krl_fetched_timestamp_seconds',
    help: 'When a host last asked for the list of revoked keys, by mount, in seconds since 1970.',
    labelNames: ['mount'],
    aggregator: 'max',
    registers: [this.#registry],
  })

  readonly #uncaught = new Counter({
    name: 'postern_uncaught_errors_total',
    help: 'Errors that were caught nowhere. The server goes on, but each of them is a fault of its own.',
    registers: [this.#registry],
  })

  readonly #unwritten = new Counter({
    name: 'postern_audit_failures_total',
    help: 'Lines that an audit device did not take.',
    labelNames: ['device'],
    registers: [this.#registry],
  })

  constructor(others?: Others) {
    this.#others = others
    collectDefaultMetrics({ register: this.#registry })
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name)
  }

  answered({ seconds, status, ...of }: Answered): void {
    this.#requests.inc({ ...of, status })
    this.#seconds.observe(of, seconds)
  }

  limited(): void {
    this.#limited.inc()
  }

  /** @param device path of an audit device: an operator has given it */
  unwritten(device: string): void {
    this.#unwritten.inc({ device })
  }

  /** Shows which audit devices take lines; of several processes, whether that of each does. */
  auditDevices(read: () => ReadonlyMap<string, boolean>): void {
    const gauge: Gauge<'device'> = new Gauge({
      name: 'postern_audit_device_ok',
      help: 'Whether an audit device took the last line that it was given: 1 or 0.',
      labelNames: ['device'],
      registers: [this.#registry],
      aggregator: 'min',
      collect() {
        gauge.reset()
        for (const [device, takes] of read()) gauge.set({ device }, takes ? 1 : 0)
      },
    })
  }

  uncaught(): void {
    this.#uncaught.inc()
  }

  happened({ name, reason = '', list }: Event): void {
    this.#events.inc({ event: name, reason })
    if (!list) return
    this.#listVersion.set({ mount: list.mount }, list.version)
    this.#listFetched.set({ mount: list.mount }, list.fetchedAt.getTime() / 1000)
  }

  stored(operation: string, seconds: number): void {
    this.#store.observe({ operation }, seconds)
  }

  /** Shows a number of this process that is asked for whenever metrics are read; of several processes, the highest. */
  gauge(name: `postern_${string}`, help: string, read: Read): void {
    addGauge(this.#registry, { name, help, read })
  }

  /** Shows a number of the store that is asked for whenever metrics are read. */
  storeGauge(name: `postern_${string}`, help: string, read: Read): void {
    addGauge(this.#ofStore, { name, help, read })
  }

  /** What this process has counted. */
  counts(): Promise<Counts> {
    return this.#registry.getMetricsAsJSON()
  }

  /** All of it in the text format of Prometheus; of several processes, the sum. */
  async text(): Promise<string> {
    const whole = this.#others ? await this.#together(this.#others) : this.#registry
    return (await Promise.all([whole.metrics(), this.#ofStore.metrics()])).join('')
  }

  async #together(others: Others): Promise<Registry> {
    const own = await this.counts()
    return AggregatorRegistry.aggregate([own, ...(await others(own))])
  }
}

/** Of a node that is several processes, what all others have counted. They are told what this one has, as its sum will show it. */
type Others = (own: Counts) => Promise<readonly Counts[]>

/** What ends with a process is how much it has of something; what it has counted stays counted. */
const LASTING = ['counter', 'histogram']

/** What processes that have ended had counted, as one. With it the sum of those that still count does not go down. */
export const endedCounts = (ended: readonly Counts[]): Promise<Counts> =>
  AggregatorRegistry.aggregate(
    // the library declares numbers for these texts
    ended.map(counts => counts.filter(({ type }) => LASTING.includes(String(type)))),
  ).getMetricsAsJSON()

type Read = () => number | Promise<number>

function addGauge(
  registry: Registry,
  { name, help, read }: { readonly name: string; readonly help: string; readonly read: Read },
): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    aggregator: 'max',
    collect: async () => gauge.set(await read()),
  })
}
