import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasVault } from './clients.ts'
import type { Counts } from './counts.ts'

/**
 * Which tests a run that has run `ran` of them has left out, and how to run them; a line for each reason.
 * @param folder where the counts may be written
 */
export async function leftOut(ran: number, folder: string): Promise<readonly string[]> {
  const counts = join(folder, 'all.json')
  const env = { ...process.env, POSTERN_TEST_LONG: '1', POSTERN_TEST_COUNTS: counts }
  const options = { env, maxBuffer: Number.POSITIVE_INFINITY }
  const failed = await promisify(execFile)('mocha', ['--dry-run', 'test/**/*.test.ts'], options)
    .then(() => '')
    .catch(({ stdout, stderr }) => `${stdout}${stderr}`)
  if (failed) return [`left out: what npm run test:long runs, but not all of it loads: ${failed}`]
  const { passed: all } = JSON.parse(readFileSync(counts, 'utf8')) as Counts
  return [
    ...(all > ran ? [`left out: ${all - ran} of ${all} tests; npm run test:long runs all`] : []),
    ...(hasVault() ? [] : ['left out: the tests of bao with vault, which is not in PATH']),
  ]
}
