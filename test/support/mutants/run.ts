import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { coveringTests, sortedFiles, sourcesIn } from './covering-tests.ts'
import { DECIDING, DECIDING_TESTS } from './deciding.ts'
import { equivalents } from './equivalents.ts'
import { mutantOf } from './mutant.ts'
import { reportOn } from './report.ts'

const HELP = `npm run mutants -- [-j N] [--tests=PATTERN]... [FILE|FILE:LINE-LINE|FOLDER...]

Changes the sources that are named in one place at a time, and runs the tests that reach it. Without a name: those that decide about a
login. docs/contributing/mutation-tests.md

  --tests=PATTERN   tests besides those at the path of a source, and those that import it
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
      jobs: { type: 'string', short: 'j', default: String(availableParallelism()) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const named = positionals.length > 0 ? positionals : DECIDING
  // only Stryker needs the lines
  const sources = sourcesIn(named.map(name => name.replace(LINES, '')))
  const parts = named.filter(name => LINES.test(name))
  const more = sortedFiles(values.tests)
  const testsOf = Object.fromEntries(sources.map(each => [each, [...testsFor(each), ...more]]))
  const started = performance.now()
  const results = await new Stryker(
    optionsFor({ sources: testsOf, parts }, Number(values.jobs)),
  ).runMutationTest()
  const tried = results.map(result => ({
    ...mutantOf(result, ROOT),
    status: result.status,
    reason: result.statusReason,
  }))
  const { text, passed } = reportOn(
    tried,
    // of a part, some are not tried
    parts.length > 0 ? [] : equivalents().filter(({ file }) => sources.includes(file)),
  )
  const minutes = (performance.now() - started) / 60_000
  console.log(`${text} (${minutes.toFixed(1)} minutes)`)
  return passed ? 0 : 1
}

const testsFor = (source: string): readonly string[] => [
  ...coveringTests(source),
  ...(DECIDING.includes(source) && source.startsWith('engine/') ? DECIDING_TESTS : []),
]

/** At the end of the name of a source: only these lines. */
const LINES = /:\d+-\d+$/

interface Chosen {
  /** With the tests of each. */
  readonly sources: Readonly<Record<string, readonly string[]>>
  /** Sources of which only these lines are changed. */
  readonly parts: readonly string[]
}

/** Milliseconds that tests of a mutant may take besides half as long again as without it. */
const PATIENCE = 10_000

function optionsFor({ sources: testsOf, parts }: Chosen, concurrency: number) {
  return {
    mutate: [
      ...Object.keys(testsOf).filter(each => !parts.some(part => part.startsWith(`${each}:`))),
      ...parts,
    ],
    testsOf,
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
    warnings: false,
    allowEmpty: true,
  } satisfies object
}

process.exitCode = await main(process.argv.slice(2)).catch(error => {
  console.error(`mutants: ${error instanceof Error ? error.message : error}`)
  return 2
})
