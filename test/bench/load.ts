// The load: one job comes on stdin as JSON, what came of it goes to stdout. A process of its own, so that it costs the servers nothing.
import { text } from 'node:stream/consumers'
import { createSecureContext } from 'node:tls'
import { type Connection, openConnection } from './connection.ts'

export interface Job {
  /** Of the servers; clients are shared out among them. */
  readonly ports: readonly number[]
  /** PEM. */
  readonly ca: string
  /** Clients at work at the same time. */
  readonly clients: number
  /** Work ends after this time, or when `most` is reached. */
  readonly milliseconds: number
  readonly most?: number
  readonly work: Work
}

export type Work =
  /** The same request again and again on one connection. */
  | { readonly kind: 'repeat'; readonly request: string }
  /** Every request on a connection of its own, and no session is resumed. */
  | { readonly kind: 'connect'; readonly requests: readonly string[] }
  /** A request for a password, then one to the path `verify` with it; without a path, the passwords are part of the outcome. */
  | { readonly kind: 'pair'; readonly first: string; readonly verify?: string }

export interface Outcome {
  readonly count: number
  readonly milliseconds: number
  /** Answers other than 200 and 204. */
  readonly failures: number
  /** Milliseconds that one piece of work took: half of them were as fast, and 99 of 100. */
  readonly p50: number
  readonly p99: number
  readonly keys: readonly string[]
}

const job = JSON.parse(await text(process.stdin)) as Job
const secureContext = createSecureContext({ ca: job.ca })
const keys: string[] = []
const took: number[] = []
let [count, started, failures] = [0, 0, 0]

const WORK = { repeat, connect: connectAnew, pair }

const begin = performance.now()
const deadline = begin + job.milliseconds
await Promise.all(Array.from({ length: job.clients }, (_, at) => client(at)))
const milliseconds = performance.now() - begin
const sorted = Float64Array.from(took).sort()
const [p50, p99] = [within(0.5), within(0.99)]
const outcome = JSON.stringify({ count, milliseconds, failures, p50, p99, keys } satisfies Outcome)
// what is large is not written at once
process.stdout.write(outcome, () => process.exit())

function client(at: number): Promise<void> {
  const port = job.ports[at % job.ports.length] ?? 0
  return WORK[job.work.kind](port, job.work as never)
}

/** The time within which that part of the work was done. */
function within(part: number): number {
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? 0
}

/** Whether there is time, and work, for one more. */
function more(): boolean {
  if (performance.now() >= deadline || started >= (job.most ?? Number.POSITIVE_INFINITY))
    return false
  started++
  return true
}

async function repeat(port: number, { request }: Extract<Work, { kind: 'repeat' }>) {
  using connection = await open(port)
  while (more()) await timed(() => connection.ask(request))
}

async function connectAnew(port: number, { requests }: Extract<Work, { kind: 'connect' }>) {
  while (more()) {
    const request = requests[started - 1]
    if (request === undefined) return
    await timed(async () => {
      using connection = await open(port)
      await connection.ask(request)
    })
  }
}

async function pair(port: number, { first, verify }: Extract<Work, { kind: 'pair' }>) {
  using connection = await open(port)
  while (more())
    await timed(async () => {
      const key = /"key":"([^"]+)"/.exec(await connection.ask(first))?.[1] ?? ''
      if (verify) await connection.ask(verification(verify, key))
      else keys.push(key)
    })
}

async function timed(work: () => Promise<unknown>): Promise<void> {
  const begun = performance.now()
  await work()
  took.push(performance.now() - begun)
  count++
}

function verification(path: string, otp: string): string {
  const body = JSON.stringify({ otp })
  return `PUT ${path} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** A connection that counts failures. */
async function open(port: number): Promise<Connection> {
  const connection = await openConnection(port, secureContext)
  return {
    async ask(request) {
      const answer = await connection.ask(request)
      if (!/^HTTP\/1\.1 20[04]/.test(answer)) failures++
      return answer
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}
