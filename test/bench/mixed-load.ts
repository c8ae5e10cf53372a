// Mixed load: one job comes on stdin as JSON, what came of it goes to stdout. In turns with the yardstick, which sees the same machine.
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { Sealed } from './client.ts'
import { type Connection, openConnection } from './connection.ts'
import { type Prepared, TASKS } from './mixed-tasks.ts'
import { request } from './requests.ts'

export interface MixedJob {
  readonly port: number
  /** The port of echo.ts. */
  readonly echo: number
  /** PEM. */
  readonly ca: string
  /** Clients at work at the same time. */
  readonly clients: number
  /** Names of {@link TASKS}. */
  readonly tasks: readonly string[]
  readonly prepared: Prepared
  /** Whether the server is sealed meanwhile, and may say so. */
  readonly mayBeSealed: boolean
  /** Of the server and the yardstick together. */
  readonly milliseconds: number
}

export interface MixedOutcome {
  /** Requests to the server, and those that it answered that it is sealed. */
  readonly count: number
  readonly sealed: number
  /** Milliseconds in which the server had load. */
  readonly milliseconds: number
  /** Milliseconds of one request: on average, half of them were as fast, and 99 of 100. */
  readonly mean: number
  readonly p50: number
  readonly p99: number
  /** On average, of the yardstick. */
  readonly echo: number
  /** What went wrong, which has ended the load. */
  readonly failure?: string
}

/** How often server and yardstick have load in turns, and which part of the time is the yardstick's. */
const TURNS = 5
const ECHO = 0.2
/** Milliseconds for which a client waits when the server is sealed. */
const PAUSE = 20

const job = JSON.parse(await text(process.stdin)) as MixedJob
const secureContext = createSecureContext({ ca: job.ca })
const echoRequest = request('GET', '/v1/sys/health')
const took: number[] = []
const echoTook: number[] = []
let sealed = 0
let milliseconds = 0
let failure: string | undefined

const all = (port: number) =>
  Promise.all(Array.from({ length: job.clients }, () => openConnection(port, secureContext)))
const clients = (await all(job.port)).map(each => timed(each, took))
const echoes = (await all(job.echo)).map(each => timed(each, echoTook))
const hands = clients.map((_, at) => dealt(at))
for (let turn = 0; turn < TURNS && failure === undefined; turn++) {
  const part = job.milliseconds / TURNS
  const echoEnd = performance.now() + part * ECHO
  await Promise.all(echoes.map(each => echo(each, echoEnd)))
  const begun = performance.now()
  const end = begun + part * (1 - ECHO)
  await Promise.all(clients.map((each, at) => work(each, hands[at] ?? [], end)))
  milliseconds += performance.now() - begun
}
const outcome: MixedOutcome = {
  ...{ count: took.length, sealed, milliseconds },
  ...{ mean: mean(took), p50: quantile(took, 0.5), p99: quantile(took, 0.99) },
  echo: mean(echoTook),
  ...(failure === undefined ? {} : { failure }),
}
process.stdout.write(JSON.stringify(outcome), () => process.exit())

async function echo(connection: Connection, end: number): Promise<void> {
  while (performance.now() < end) await connection.ask(echoRequest)
}

async function work(connection: Connection, hand: string[], end: number): Promise<void> {
  while (performance.now() < end && failure === undefined) {
    const name = hand.shift() ?? ''
    hand.push(name)
    try {
      await TASKS[name]?.[1](connection, job.prepared)
    } catch (error) {
      if (!(job.mayBeSealed && error instanceof Sealed)) failure ??= `${name}: ${error}`
      sealed++
      await delay(PAUSE)
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

function timed(connection: Connection, times: number[]): Connection {
  return {
    async ask(text) {
      const begun = performance.now()
      const answer = await connection.ask(text)
      times.push(performance.now() - begun)
      return answer
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length
}

function quantile(times: readonly number[], part: number): number {
  const sorted = Float64Array.from(times).sort()
  return sorted[Math.floor(sorted.length * part)] ?? 0
}
