import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Counts } from './counts.ts'
import { ALONE, LONG, QUICK, WHOLE } from './lanes.ts'
import { leftOut } from './left-out.ts'

/** What is looked at besides tests; each counts as one. */
const CHECKS = [
  ['types', 'tsc'],
  ['types of the page', 'tsc', '-p', 'engine/ui'],
  ['format and lint', 'biome', 'check'],
  ['dead code', 'knip'],
] as const

/** Milliseconds. A test that holds something open would otherwise keep everybody waiting. */
const LONGEST = 45 * 60_000

/** With `--long`, on hosts of all releases of Debian. */
const LONGEST_OF_ALL = 150 * 60_000

/** How many of the slowest files are named at the end. */
const SLOWEST = 10

const root = join(import.meta.dirname, '../..')
const long = process.argv.includes('--long')
const deadline = AbortSignal.timeout(long ? LONGEST_OF_ALL : LONGEST)
const folder = mkdtempSync(join(tmpdir(), 'postern-tests-'))
const total = {
  passed: 0,
  failed: 0,
  /** Named once more at the end, since a long log is often kept from its end only. */
  failing: [] as string[],
  files: {} as Record<string, number>,
}
let left: readonly string[] = []

try {
  check()
  if (process.argv.includes('--quick')) await together(QUICK)
  else for (const lanes of [WHOLE, ALONE, ...(long ? [LONG] : [])]) await together(lanes)
  left = await leftOut(total.passed + total.failed - CHECKS.length, folder)
} finally {
  rmSync(folder, { recursive: true })
}

for (const [file, ms] of Object.entries(total.files)
  .sort(([, one], [, other]) => other - one)
  .slice(0, SLOWEST))
  console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${file}`)
for (const line of left) console.log(line)
for (const failure of total.failing) console.log(`✘ ${failure}`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1

function check(): void {
  for (const [what, program, ...words] of CHECKS) {
    const { status } = spawnSync(program, words, { cwd: root, stdio: 'inherit' })
    console.log(`${status === 0 ? '✔' : '✘'} ${what}`)
    if (status === 0) total.passed++
    else {
      total.failed++
      total.failing.push(what)
    }
  }
}

/** Runs each of `lanes` in a process of its own, at the same time, and shows their reports one after the other. */
async function together(lanes: readonly (readonly string[])[]): Promise<void> {
  const runs = lanes.map((suites, index) => ({
    child: mocha(suites, index > 0),
    suites,
  }))
  const ends = runs.map(({ child }) => once(child, 'close') as Promise<[number | null]>)
  const reports = runs.map(({ child }) => child.stdout && buffer(child.stdout))
  for (const [index, { suites }] of runs.entries()) {
    const report = await reports[index]
    if (report) process.stdout.write(report)
    const [status] = (await ends[index]) ?? [null]
    add(suites, status)
  }
}

function mocha(suites: readonly string[], quiet: boolean): ChildProcess {
  const files = suites.map(suite => `test/${suite}/**/*.test.ts`)
  return spawn('mocha', files, {
    cwd: root,
    stdio: ['inherit', quiet ? 'pipe' : 'inherit', 'inherit'],
    signal: deadline,
    env: {
      ...process.env,
      POSTERN_TEST_COUNTS: countsOf(suites),
      ...(long ? { POSTERN_TEST_LONG: '1' } : {}),
    },
  }).on('error', error => console.error(error.message))
}

function countsOf(suites: readonly string[]): string {
  return join(folder, `${suites[0]?.replace('/', '-')}.json`)
}

/** A run that broke off is a failure, whatever it had counted. */
function add(suites: readonly string[], status: number | null): void {
  const counts = countsOf(suites)
  const { passed, failed, failing, files } = existsSync(counts)
    ? (JSON.parse(readFileSync(counts, 'utf8')) as Counts)
    : { passed: 0, failed: 1, failing: [], files: {} }
  const brokeOff = status !== 0 && failing.length === 0
  total.passed += passed
  total.failed += failed + (brokeOff && failed === 0 ? 1 : 0)
  total.failing.push(...failing, ...(brokeOff ? [`${suites.join(' ')} ended with ${status}`] : []))
  Object.assign(total.files, files)
}
