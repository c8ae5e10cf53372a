import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Job, Outcome } from './load.ts'

/** Servers run on one core and the load on another, where the machine has two and can tell programs where to run. */
export const PINS = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0
const CLOCK_TICKS = 100

/** A server under test, in a process of its own with nothing in its environment. */
export interface Program extends AsyncDisposable {
  readonly port: number
  readonly pid: number
  /** What it wrote while starting. */
  readonly output: string
  /** Milliseconds of processor time it has used so far, where Linux tells. */
  cpu(): number | undefined
  /** MiB it has in memory now, where Linux tells. */
  memory(): number | undefined
}

interface Starting {
  /** What the server is given on its standard input. */
  readonly input?: string
  /** Lets it run on every core, where it shall be compared with one that cannot be kept on one. */
  readonly everyCore?: boolean
}

/** Starts a server, and waits until it has said what `ready` looks for, a URL among it. */
export async function start(
  command: readonly string[],
  ready: RegExp,
  { input = '', everyCore = false }: Starting = {},
): Promise<Program> {
  const child = run(command, everyCore ? undefined : '0')
  child.stdin?.end(input)
  let output = ''
  const said = Promise.withResolvers<void>()
  child.stdout?.setEncoding('utf8').on('data', part => {
    output += part
    if (ready.test(output)) said.resolve()
  })
  child.once('exit', code =>
    said.reject(new Error(`${command[0]} ended with ${code} instead of starting:\n${output}`)),
  )
  const slow = setTimeout(() => said.reject(new Error(`${command[0]} does not start`)), 10_000)
  try {
    await said.promise
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(slow)
  }
  return {
    port: Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]),
    pid: child.pid ?? 0,
    output,
    cpu: () => cpuOf(child.pid ?? 0),
    memory: () => memoryOf(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const stuck = setTimeout(() => child.kill('SIGKILL'), 5000)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      clearTimeout(stuck)
    },
  }
}

/** Has one job of load done. */
export const load = (job: Job): Promise<Outcome> => generate('load.ts', job)

/** Runs a load generator, a program beside this file that reads a job and writes what came of it. */
export async function generate<O>(
  program: string,
  job: { readonly milliseconds: number },
): Promise<O> {
  const child = run([process.execPath, join(import.meta.dirname, program)], '1')
  child.stdin?.end(JSON.stringify(job))
  const stuck = setTimeout(() => child.kill('SIGKILL'), job.milliseconds + 20_000)
  const output = child.stdout ? await text(child.stdout) : ''
  clearTimeout(stuck)
  if (output === '') throw new Error('the load generator failed')
  return JSON.parse(output)
}

function run(command: readonly string[], core: string | undefined): ChildProcess {
  const pin = PINS && core !== undefined ? ['taskset', '-c', core] : []
  const [program = '', ...words] = [...pin, ...command]
  return spawn(program, words, {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

/** From the fields utime and stime of proc(5). */
function cpuOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS
  } catch {
    return undefined
  }
}

function memoryOf(pid: number): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return undefined
  }
}
