import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tests that need nothing but Node, and take seconds. */
const QUICK = ['unit', 'http', 'contract', 'cli']

/** Tests with the built programs, with a real PostgreSQL and with real hosts. */
const WHOLE = [...QUICK, 'cluster', 'ssh', 'chaos', 'clients', 'helper', 'host', 'docs', 'demo']

/** What is looked at besides tests; each counts as one. */
const CHECKS = [
  ['types', 'tsc'],
  ['format and lint', 'biome', 'check'],
  ['dead code', 'knip'],
] as const

/** Milliseconds. A test that holds something open would otherwise keep everybody waiting. */
const LONGEST = 45 * 60_000

/** With `--long`, on hosts of all releases of Debian. */
const LONGEST_OF_ALL = 60 * 60_000

const root = join(import.meta.dirname, '../..')
let [passed, failed] = [0, 0]

for (const [what, program, ...words] of CHECKS) {
  const { status } = spawnSync(program, words, { cwd: root, stdio: 'inherit' })
  console.log(`${status === 0 ? '✔' : '✘'} ${what}`)
  if (status === 0) passed++
  else failed++
}

const long = process.argv.includes('--long')
const suites = process.argv.includes('--quick') ? QUICK : WHOLE
const folder = mkdtempSync(join(tmpdir(), 'postern-tests-'))
try {
  const counts = join(folder, 'counts.json')
  const files = suites
    .filter(suite => existsSync(join(root, 'test', suite)))
    .map(suite => `test/${suite}/**/*.test.ts`)
  const { status } = spawnSync('mocha', files, {
    cwd: root,
    stdio: 'inherit',
    timeout: long ? LONGEST_OF_ALL : LONGEST,
    env: {
      ...process.env,
      POSTERN_TEST_COUNTS: counts,
      ...(long ? { POSTERN_TEST_LONG: '1' } : {}),
    },
  })
  const count = existsSync(counts)
    ? (JSON.parse(readFileSync(counts, 'utf8')) as { passed: number; failed: number })
    : { passed: 0, failed: 1 }
  passed += count.passed
  // a run that broke off is a failure, whatever it had counted
  failed += count.failed + (status !== 0 && count.failed === 0 ? 1 : 0)
} finally {
  rmSync(folder, { recursive: true })
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
