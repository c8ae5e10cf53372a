import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Event } from '../api/event.ts'

/** A request that has been answered. All of it is from fixed lists, so that no client can make new series. */
export interface Answered {
  readonly mountType: string
  /** As it was declared: `creds/:role`. */
  readonly path: string
  readonly operation: string
  readonly status: number
  readonly seconds: number
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts what the server does, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests = new Counter({
    name: 'postern_requests_total',
    help: 'Requests answered, by kind of mount, path, operation and HTTP status.',
    labelNames: ['mount', 'path', 'operation', 'status'],
    registers: [this.#registry],
  })
  readonly #seconds = new Histogram({
    name: 'postern_request_seconds',
    help: 'How long requests took, from their last byte to the answer.',
    labelNames: ['mount', 'path', 'operation'],
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
    help: 'One-time passwords issued, verified and refused by reason, certificates signed by type and revoked.',
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

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
  }

  answered({ mountType: mount, path, operation, status, seconds }: Answered): void {
    this.#requests.inc({ mount, path, operation, status })
    this.#seconds.observe({ mount, path, operation }, seconds)
  }

  limited(): void {
    this.#limited.inc()
  }

  happened({ name, reason = '' }: Event): void {
    this.#events.inc({ event: name, reason })
  }

  stored(operation: string, seconds: number): void {
    this.#store.observe({ operation }, seconds)
  }

  /** Shows a number that is asked for whenever metrics are read. */
  gauge(name: `postern_${string}`, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: async () => gauge.set(await read()),
    })
  }

  /** All of it in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
