import type { Job } from './load.ts'
import { load, type Program } from './programs.ts'
import type { Row } from './table.ts'

/** What one server did in one round. */
export interface Sample {
  readonly perSecond: number
  /** Microseconds of its processor time for one request. */
  readonly cpu: number | undefined
  /** Milliseconds that one took: half of them were as fast, and 99 of 100. */
  readonly p50: number
  readonly p99: number
}

/** Has one job done by a server, or by several that share its clients, and tells how fast it went. @throws {Error} if a request failed */
export async function sampleOf(
  name: string,
  programs: readonly Program[],
  job: Omit<Job, 'ports'>,
): Promise<Sample> {
  const before = cpuOf(programs)
  const { count, p50, p99, ...done } = await load({
    ports: programs.map(each => each.port),
    ...job,
  })
  if (done.failures > 0) throw new Error(`${name}: ${done.failures} of ${count} requests failed`)
  const after = cpuOf(programs)
  const cpu = before === undefined || after === undefined ? undefined : after - before
  return {
    perSecond: (count * 1000) / done.milliseconds,
    cpu: cpu && (cpu * 1000) / count,
    p50,
    p99,
  }
}

/** Processor time of all of them, if it is known of each. */
function cpuOf(programs: readonly Program[]): number | undefined {
  let sum = 0
  for (const program of programs) sum += program.cpu() ?? Number.NaN
  return Number.isNaN(sum) ? undefined : sum
}

/** The sample in the middle, by requests in a second. */
export function median<S extends Sample>(samples: readonly S[]): S {
  const sorted = samples.toSorted((a, b) => a.perSecond - b.perSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (!middle) throw new Error('nothing was measured')
  return middle
}

/** A row of one sample, with its ratio to another. */
export const rowOf = (
  name: string,
  { one, to }: { readonly one: Sample; readonly to: Sample },
  aim?: string,
): Row => ({
  name,
  amount: one.perSecond,
  unit: '/s',
  ratio: one.perSecond / to.perSecond,
  aim,
  cpu: one.cpu,
  cpuRatio: one.cpu && to.cpu && one.cpu / to.cpu,
  busy: one.cpu && (one.cpu * one.perSecond) / 1e6,
  p50: one.p50,
  p99: one.p99,
})
