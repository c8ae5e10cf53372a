import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from './table.ts'

/** How many are there at the same time. */
export const AT_ONCE = 40

/** Milliseconds between two looks at how much memory they have. */
const INTERVAL = 25

/** One process, and what it reads. */
export interface Start {
  readonly command: readonly string[]
  readonly input: string
  readonly env: Readonly<Record<string, string>>
}

/** Milliseconds until the last has ended, and the most memory that all had together, in MiB. */
interface Crowd {
  readonly wall: number
  readonly peak: number
}

/**
 * What many logins cost a host that come at the same time: beside as many Nodes that do nothing. Memory is measured in a round of its
 * own, as looking at it takes time; what processes share is counted once.
 * @throws {Error} if one of them fails
 */
export async function atOnceRows(
  bare: readonly Start[],
  logins: readonly Start[],
): Promise<readonly Row[]> {
  const half = logins.length / 2
  const bareTime = await crowd(bare, false)
  const time = await crowd(logins.slice(0, half), false)
  const bareMemory = await crowd(bare, true)
  const memory = await crowd(logins.slice(half), true)
  const row = (name: string, unit: string, amount: number, to: number): Row => {
    return { name, unit, amount, ratio: amount / to, aim: undefined }
  }
  return [
    row(`${AT_ONCE} x node -e 0 at once`, 'ms', bareTime.wall, bareTime.wall),
    row(`  ${AT_ONCE} logins at once`, 'ms', time.wall, bareTime.wall),
    row(`${AT_ONCE} x node -e 0 at once, memory`, 'MiB', bareMemory.peak, bareMemory.peak),
    row(`  ${AT_ONCE} logins at once`, 'MiB', memory.peak, bareMemory.peak),
  ]
}

async function crowd(starts: readonly Start[], looks: boolean): Promise<Crowd> {
  const begun = performance.now()
  const running = starts.map(start)
  const all = Promise.all(running.map(({ ended }) => ended))
  const peak = looks ? await most(running, all) : 0
  await all
  return { wall: performance.now() - begun, peak }
}

interface Running {
  readonly pid: number
  readonly ended: Promise<void>
}

function start({ command, input, env }: Start): Running {
  const [program = '', ...words] = command
  const child = spawn(program, words, { env, stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin?.end(input)
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${program} ended with ${code}`)
  })
  return { pid: child.pid ?? 0, ended }
}

async function most(running: readonly Running[], all: Promise<unknown>): Promise<number> {
  let peak = 0
  let over = false
  const end = () => {
    over = true
  }
  all.then(end, end)
  while (!over) {
    const now = running.reduce((sum, { pid }) => sum + memoryOf(pid), 0)
    peak = Math.max(peak, now)
    await sleep(INTERVAL)
  }
  return peak
}

/** The proportional share of proc(5), in MiB; 0 of a process that has ended. */
function memoryOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
