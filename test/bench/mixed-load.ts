// Mixed load: one job comes on stdin as JSON, what came of it goes to stdout.
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { Sealed } from './client.ts'
import { type Connection, openConnection } from './connection.ts'
import { type Prepared, TASKS } from './mixed-tasks.ts'

export interface MixedJob {
  readonly port: number
  /** PEM. */
  readonly ca: string
  /** Clients at work at the same time. */
  readonly clients: number
  /** Names of {@link TASKS}. */
  readonly tasks: readonly string[]
  readonly prepared: Prepared
  /** Whether the server is sealed meanwhile, and may say so. */
  readonly mayBeSealed: boolean
  readonly milliseconds: number
}

export interface MixedOutcome {
  /** Requests to the server, and those that it answered that it is sealed. */
  readonly count: number
  readonly sealed: number
  readonly milliseconds: number
  /** Milliseconds of one request: half of them were as fast, and 99 of 100. */
  readonly p50: number
  readonly p99: number
  /** What went wrong, which has ended the load. */
  readonly failure?: string
}

/** Milliseconds for which a client waits when the server is sealed. */
const PAUSE = 20

const job = JSON.parse(await text(process.stdin)) as MixedJob
const secureContext = createSecureContext({ ca: job.ca })
const took: number[] = []
let sealed = 0
let failure: string | undefined

const begun = performance.now()
const end = begun + job.milliseconds
await Promise.all(Array.from({ length: job.clients }, (_, at) => work(dealt(at))))
const milliseconds = performance.now() - begun
const sorted = Float64Array.from(took).sort()
const [p50, p99] = [within(0.5), within(0.99)]
const outcome: MixedOutcome = {
  ...{ count: took.length, sealed, milliseconds, p50, p99 },
  ...(failure === undefined ? {} : { failure }),
}
process.stdout.write(JSON.stringify(outcome), () => process.exit())

async function work(hand: string[]): Promise<void> {
  using connection = timed(await openConnection(job.port, secureContext))
  while (performance.now() < end && failure === undefined) {
    const name = hand.shift() ?? ''
    hand.push(name)
    try {
      await TASKS[name]?.[1](connection, job.prepared)
    } catch (error) {
      if (job.mayBeSealed && error instanceof Sealed) {
        sealed++
        await delay(PAUSE)
      } else failure ??= `${name}: ${error}`
    }
  }
}

/** Tasks in their shares and in an order that is the same in every run, of which each client begins elsewhere: so the mix never differs. */
function dealt(client: number): string[] {
  const cards = job.tasks.flatMap(name => Array<string>(TASKS[name]?.[0] ?? 0).fill(name))
  // steps of a length that shares no divisor with the number of cards reach each of them once
  let step = Math.floor(cards.length * 0.38)
  while (divisor(step, cards.length) > 1) step++
  const first = Math.floor((client * cards.length) / job.clients)
  return cards.map((_, at) => cards[(first + at * step) % cards.length] ?? '')
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

function timed(connection: Connection): Connection {
  return {
    async ask(text) {
      const sent = performance.now()
      const answer = await connection.ask(text)
      took.push(performance.now() - sent)
      return answer
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** The time within which that part of the requests was answered. */
function within(part: number): number {
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? 0
}
