// The hosts of a storm: one job comes on stdin as JSON, what came of it goes to stdout. Each host has a source address of its own, and asks as the helper does.
import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { ask } from '../../helper/ask.ts'
import { sinceStart } from '../../helper/clock.ts'
import { readConfig } from '../../helper/config.ts'
import { Refusal } from '../../helper/refusal.ts'
import { trustOf } from '../../helper/tls-trust.ts'
import { Secret } from '../../shared/secret.ts'

export interface StormJob {
  /** The helper's configuration. */
  readonly config: string
  /** One for each host. */
  readonly passwords: readonly string[]
  /** Milliseconds within which all hosts come back, each at a random moment. */
  readonly spread: number
  /** Milliseconds until a login that failed is tried again, half of them to one and a half times as many. */
  readonly retry: number
}

export interface StormOutcome {
  /** Milliseconds from the first request until the last host was served. */
  readonly until: number
  readonly served: number
  /** Hosts whose password was redeemed, but whose reply came too late. */
  readonly late: number
  /** Hosts that were never served. */
  readonly lost: number
  /** Attempts that failed, by exit code. */
  readonly failures: Readonly<Record<string, number>>
  /** Milliseconds from the arrival of a host until it was served: half of them were as fast, and 99 of 100. */
  readonly p50: number
  readonly p99: number
  /** Milliseconds that the hosts, which share a processor here, waited for it: 99 of 100 times less. */
  readonly delay: number
}

const MOST_ATTEMPTS = 60

const job = JSON.parse(await text(process.stdin)) as StormJob
const config = readConfig(job.config, { dev: false })
const [engine] = config.engines
// parsed once: each host has a machine for that
const trust = (engine && trustOf(config)(engine)) ?? {}
const tls = { ...trust, secureContext: createSecureContext(trust) }
const failures: Record<string, number> = {}
const took: number[] = []
let [late, lost, until] = [0, 0, 0]

const delays = monitorEventLoopDelay()
delays.enable()
const begin = performance.now()
await Promise.all(job.passwords.map(host))
took.sort((a, b) => a - b)
const outcome: StormOutcome = {
  ...{ until, late, lost, failures, served: took.length, p50: within(0.5), p99: within(0.99) },
  delay: delays.percentile(99) / 1e6,
}
process.stdout.write(JSON.stringify(outcome), () => process.exit())

/** The time within which that part of the hosts was served. */
function within(part: number): number {
  return took[Math.min(Math.floor(took.length * part), took.length - 1)] ?? 0
}

async function host(password: string, at: number): Promise<void> {
  await delay(Math.random() * job.spread)
  const arrived = performance.now()
  let isUnknown = false
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const exit = await login(password, at)
    if (exit === undefined) {
      until = performance.now() - begin
      took.push(performance.now() - arrived)
      return
    }
    failures[exit] = (failures[exit] ?? 0) + 1
    if (exit === 'denied') {
      if (isUnknown) late++
      else lost++
      return
    }
    isUnknown ||= exit !== 'unavailable'
    await delay(job.retry * (0.5 + Math.random()))
  }
  lost++
}

/** One login. Gives why it failed. */
async function login(password: string, at: number): Promise<string | undefined> {
  const request = {
    otp: new Secret(password),
    username: 'ubuntu',
    nonce: randomBytes(16).toString('hex'),
    ip: ['10.1.2.3'],
  }
  try {
    await ask(config, {
      request,
      correlation: request.nonce,
      until: sinceStart() + config.deadline,
      tls: () => ({ ...tls, localAddress: addressOf(at) }) as ConnectionOptions,
      signed: { mount: config.mount, keys: undefined },
      identity: undefined,
    })
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.exit
    throw error
  }
}

/** A source address of its own for each of 60 000 hosts. */
function addressOf(at: number): string {
  return `127.${1 + (at >> 14)}.${(at >> 7) & 127}.${1 + (at & 127)}`
}
