import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { StrykerOptions } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import { coveringTests, sortedFiles, sourcesIn } from './covering-tests.ts'
import { DECIDING, DECIDING_TESTS } from './deciding.ts'
import { equivalents } from './equivalents.ts'
import { mutantOf } from './mutant.ts'
import { type Counts, countsIn, reportOn, sumOf } from './report.ts'

const HELP = `npm run mutants -- [-j N] [--tests=PATTERN]... [FILE|FILE:LINE-LINE|FOLDER...]

Changes the sources that are named in one place at a time, and runs the tests that reach it. Without a name: those that decide about a
login. docs/contributing/mutation-tests.md

  --tests=PATTERN   tests besides those at the path of a source, and those that import it
  --from=FILE       leaves out those before it, in the order of their names: of a run that was cut off
  -j, --jobs=N      processes at the same time; as many as there are processors
`

const ROOT = join(import.meta.dirname, '../../..')

/** Exit codes of a shell for what a signal has ended. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

process.chdir(ROOT)
const copies = mkdtempSync(join(tmpdir(), 'postern-mutants-'))
// some tests run programs as another user
chmodSync(copies, 0o755)
process.on('exit', () => {
  // one in which a mutant loops for ever does not end by itself
  for (const child of children()) process.kill(child, 'SIGKILL')
  rmSync(copies, { recursive: true, force: true })
})
for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(code))

const children = (): readonly number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)

async function main(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      tests: { type: 'string', multiple: true, default: [] },
      from: { type: 'string' },
      jobs: { type: 'string', short: 'j', default: String(availableParallelism()) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const named = positionals.length > 0 ? positionals : DECIDING
  const more = sortedFiles(values.tests)
  // before any is changed: a name may be wrong
  const chosen = sourcesIn(named.map(name => name.replace(LINES, ''))).map(source => ({
    source,
    tests: [...new Set([...testsFor(source), ...more])],
    parts: named.filter(name => LINES.test(name) && name.startsWith(`${source}:`)),
  }))
  return tryAll(
    chosen.filter(({ source }) => values.from === undefined || source >= values.from),
    Number(values.jobs),
  )
}

/** A source whose mutants are tried. */
interface Chosen {
  readonly source: string
  readonly tests: readonly string[]
  /** Only these lines of it; all if it is empty. */
  readonly parts: readonly string[]
}

/** One source after the other, so that what is known of those before is not lost with the run. Gives the exit code. */
async function tryAll(all: readonly Chosen[], jobs: number): Promise<number> {
  const results: Tally[] = []
  for (const [index, each] of all.entries()) {
    console.log(`\n${index + 1} of ${all.length}: ${each.source}`)
    results.push(await tally(each, jobs))
  }
  const sum = sumOf(results.map(({ counts }) => counts))
  const minutes = results.reduce((total, each) => total + each.minutes, 0)
  console.log(`\n${results.map(({ line }) => line).join('\n')}\n${countsIn('all', sum, minutes)}`)
  return results.every(({ passed }) => passed) && sum.killed > 0 ? 0 : 1
}

interface Tally {
  readonly line: string
  readonly counts: Counts
  readonly minutes: number
  readonly passed: boolean
}

/** Tries the mutants of one source, and prints what is to be said of them. */
async function tally(chosen: Chosen, jobs: number): Promise<Tally> {
  const { source, parts } = chosen
  const started = performance.now()
  const results = await new Stryker(optionsFor(chosen, jobs)).runMutationTest()
  const tried = results.map(result => ({
    ...mutantOf(result, ROOT),
    status: result.status,
    reason: result.statusReason,
  }))
  const minutes = (performance.now() - started) / 60_000
  // of a part, some are not tried
  const listed = parts.length > 0 ? [] : equivalents().filter(({ file }) => file === source)
  const { text, counts, passed } = reportOn(tried, listed)
  const line = countsIn(source, counts, minutes)
  console.log(text === '' ? line : `${text}\n${line}`)
  return { line, counts, minutes, passed }
}

const testsFor = (source: string): readonly string[] => [
  ...coveringTests(source),
  ...(DECIDING.includes(source) && source.startsWith('engine/') ? sortedFiles(DECIDING_TESTS) : []),
]

/** At the end of the name of a source: only these lines. */
const LINES = /:\d+-\d+$/

/** Milliseconds that tests of a mutant may take besides half as long again as without it: more than one test may. */
const PATIENCE = 90_000

function optionsFor({ source, tests, parts }: Chosen, concurrency: number) {
  return {
    mutate: parts.length > 0 ? [...parts] : [source],
    testsOf: { [source]: tests },
    concurrency,
    testRunner: 'mocha-here',
    plugins: [join(import.meta.dirname, 'mocha-runner.ts')],
    ignorers: ['help-texts'],
    coverageAnalysis: 'perTest' as const,
    timeoutMS: PATIENCE,
    // Stryker asks for an API that this version of TypeScript does not have
    tsconfigFile: 'none',
    ignorePatterns: ['dist', 'docs', 'coverage'],
    tempDirName: copies,
    cleanTempDir: 'always' as const,
    reporters: ['progress-append-only'],
    logLevel: 'warn' as StrykerOptions['logLevel'],
    warnings: false,
    allowEmpty: true,
  } satisfies object
}

process.exitCode = await main(process.argv.slice(2)).catch(error => {
  console.error(`mutants: ${error instanceof Error ? error.message : error}`)
  return 2
})
