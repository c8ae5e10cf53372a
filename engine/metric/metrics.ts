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

/** An answered request. All values are from sets that clients cannot extend, so that they cannot create new series. */
export interface Answered {
  /** Path of the mount, as an operator has chosen it. */
  readonly mount: string
  /** Of the mount. */
  readonly type: string
  /** As it was declared: `creds/:role`. */
  readonly path: string
  readonly operation: string
  readonly status: number
  readonly seconds: number
}

/** The metrics of one process, as plain data. */
export type Counts = readonly MetricObjectWithValues<MetricValue<string>>[]

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Gauges of the library that are named like counters, each the sum of another one. */
const MISNAMED = ['handles', 'requests', 'resources'].map(what => `nodejs_active_${what}_total`)

/** The metrics of the server, for Prometheus. Each worker process has its own. */
export class Metrics {
  readonly #registry = new Registry()
  /** Gauges of the store, which are the same in all worker processes. */
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
    help: 'Time from the last byte of a request to its answer, in seconds.',
    labelNames: ['mount', 'type', 'path', 'operation'],
    buckets: SECONDS,
    registers: [this.#registry],
  })
  readonly #limited = new Counter({
    name: 'postern_requests_limited_total',
    help: 'Requests refused because their source exceeded its rate limit.',
    registers: [this.#registry],
  })
  readonly #events = new Counter({
    name: 'postern_events_total',
    help: 'One-time passwords issued, verified and refused by reason, certificates signed by type and revoked, KRLs fetched by whether the host already had them.',
    labelNames: ['event', 'reason'],
    registers: [this.#registry],
  })
  readonly #store = new Histogram({
    name: 'postern_store_seconds',
    help: 'Duration of operations of the store, in seconds, by operation.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers: [this.#registry],
  })

  readonly #outcomes = new Counter({
    name: 'postern_commit_outcomes_total',
    help: 'Commits to the database whose answer did not come, by what became of them: made, not made (then they were sent again, if a request still waited), or unknown.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  })

  readonly #listVersion = new Gauge({
    name: 'postern_krl_version',
    help: 'Version of the KRL that was fetched last, by mount.',
    labelNames: ['mount'],
    aggregator: 'max',
    registers: [this.#registry],
  })

  readonly #listFetched = new Gauge({
    name: 'postern_krl_fetched_timestamp_seconds',
    help: 'Time of the last fetch of the KRL by a host, by mount, in seconds since 1970.',
    labelNames: ['mount'],
    aggregator: 'max',
    registers: [this.#registry],
  })

  readonly #overloaded = new Counter({
    name: 'postern_overload_closed_connections_total',
    help: 'Connections that were closed because they had waited too long for their TLS handshake: more come than the engine can serve.',
    registers: [this.#registry],
  })

  readonly #uncaught = new Counter({
    name: 'postern_uncaught_errors_total',
    help: 'Errors that were not caught. The server continues, but each is a bug.',
    registers: [this.#registry],
  })

  readonly #unwritten = new Counter({
    name: 'postern_audit_failures_total',
    help: 'Lines that could not be written to an audit device.',
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

  overloaded(): void {
    this.#overloaded.inc()
  }

  limited(): void {
    this.#limited.inc()
  }

  /** @param device path of an audit device, as an operator has chosen it */
  unwritten(device: string): void {
    this.#unwritten.inc({ device })
  }

  /** Exports which audit devices can be written to; with several processes, whether that of each can. */
  auditDevices(read: () => ReadonlyMap<string, boolean>): void {
    const gauge: Gauge<'device'> = new Gauge({
      name: 'postern_audit_device_ok',
      help: 'Whether the last line was written to an audit device: 1 or 0.',
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

  /** @param outcome of a commit whose answer did not come */
  lookedUp(outcome: string): void {
    this.#outcomes.inc({ outcome })
  }

  /** Exports a value of this process, read whenever metrics are collected; with several processes, the maximum. */
  gauge(name: `postern_${string}`, help: string, read: Read): void {
    addGauge(this.#registry, { name, help, read })
  }

  /** Exports a value of the store, read whenever metrics are collected. */
  storeGauge(name: `postern_${string}`, help: string, read: Read): void {
    addGauge(this.#ofStore, { name, help, read })
  }

  /** The metrics of this process. */
  counts(): Promise<Counts> {
    return this.#registry.getMetricsAsJSON()
  }

  /** All metrics in the text format of Prometheus; with several processes, aggregated. */
  async text(): Promise<string> {
    const whole = this.#others ? await this.#together(this.#others) : this.#registry
    return (await Promise.all([whole.metrics(), this.#ofStore.metrics()])).join('')
  }

  async #together(others: Others): Promise<Registry> {
    const own = await this.counts()
    return AggregatorRegistry.aggregate([own, ...(await others(own))])
  }
}

/** Collects the metrics of the other worker processes of a node, which get those of this one. */
type Others = (own: Counts) => Promise<readonly Counts[]>

/** The types of metrics whose values are kept after their process has ended. */
const LASTING = ['counter', 'histogram']

/** Aggregates the counters of processes that have ended, so that the sums over all processes do not decrease. */
export const endedCounts = (ended: readonly Counts[]): Promise<Counts> =>
  AggregatorRegistry.aggregate(
    // the library's types declare a number for these strings
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
