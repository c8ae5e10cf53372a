import { relative } from 'node:path'
import {
  type InstrumenterContext,
  INSTRUMENTER_CONSTANTS as NAMES,
} from '@stryker-mutator/api/core'
import {
  commonTokens,
  declareClassPlugin,
  declareValuePlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin'
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type FailedTestResult,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import Mocha from 'mocha'
import { isHelpText } from './is-help-text.ts'

/** Which test runs, which mutant is active, and what was reached: the instrumented sources read and write it. */
const context: InstrumenterContext = {}
Object.assign(globalThis, { [NAMES.NAMESPACE]: context })

// Stryker does not end this process when it is cut off
process.on('disconnect', () => process.exit())

/** For each source, the test files that shall find its mutants; from the root of the repository. */
type TestsOf = Readonly<Record<string, readonly string[]>>

/**
 * Runs the tests in this process, again for every mutant, and of a mutant only those that reach it. Stryker's own plugin does not know
 * this version of mocha. docs/decisions/0033-mutation-tests.md
 */
class MochaRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options, commonTokens.logger)
  readonly #testsOf: TestsOf
  readonly #log: { warn(message: string): void }
  #mocha: Mocha | undefined

  constructor(options: object, log: { warn(message: string): void }) {
    this.#testsOf = (options as { readonly testsOf: TestsOf }).testsOf
    this.#log = log
  }

  /** Modules stay loaded: a mutant in what runs at their start needs a new process. */
  capabilities() {
    return { reloadEnvironment: false }
  }

  /** Runs all tests twice. One that does not pass both times would kill every mutant, and is left out. */
  async dryRun(_options: DryRunOptions): Promise<DryRunResult> {
    const mocha = await this.#load(this.#allFiles)
    const first = await runOf(mocha)
    const { mutantCoverage = { static: {}, perTest: {} } } = context
    delete context.mutantCoverage
    const second = new Set((await runOf(mocha)).filter(each => !hasFailed(each)).map(idOf))
    const isUsable = (test: TestResult) => !hasFailed(test) && second.has(test.id)
    for (const test of first.filter(each => !isUsable(each))) {
      this.#log.warn(`left out, since it does not pass twice in a copy of the tree: ${test.name}`)
      delete mutantCoverage.perTest[test.id]
    }
    return { status: DryRunStatus.Complete, tests: first.filter(isUsable), mutantCoverage }
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, sandboxFileName } = options
    const files = this.#filesFor(sandboxFileName)
    if (mutantActivation !== 'static')
      return this.#try(await this.#load(this.#allFiles), files, options)
    context.activeMutant = activeMutant.id
    try {
      // this process is for this mutant alone
      return await this.#try(await this.#load(files), files, options)
    } catch (error) {
      const failureMessage = `the tests do not load: ${error}`
      return { status: MutantRunStatus.Killed, killedBy: [], failureMessage, nrOfTests: 0 }
    }
  }

  async #try(
    mocha: Mocha,
    files: readonly string[],
    { activeMutant, hitLimit, mutantActivation, testFilter }: MutantRunOptions,
  ): Promise<MutantRunResult> {
    context.activeMutant = activeMutant.id
    if (hitLimit !== undefined) Object.assign(context, { hitCount: 0, hitLimit })
    const wanted = testsIn(mocha, files).filter(id => testFilter?.includes(id) ?? true)
    const tests = await runOf(mocha, wanted)
    const limit = determineHitLimitReached(context.hitCount, hitLimit)
    delete context.activeMutant
    delete context.hitCount
    delete context.hitLimit
    const result = toMutantRunResult(limit ?? { status: DryRunStatus.Complete, tests }, false)
    if (result.status !== MutantRunStatus.Killed) return result
    const isLate = tests.some(each => hasFailed(each) && each.failureMessage.startsWith(LATE))
    const without =
      mutantActivation === 'static'
        ? Number.POSITIVE_INFINITY
        : await requireUnharmed(mocha, [result.killedBy].flat())
    if (isLate && without > TEST_TIMEOUT / PLAINLY_FASTER)
      return { status: MutantRunStatus.Timeout, reason: result.failureMessage }
    return result
  }

  get #allFiles(): readonly string[] {
    return [...new Set(Object.values(this.#testsOf).flat())]
  }

  #filesFor(source: string): readonly string[] {
    return this.#testsOf[relative('.', source)] ?? this.#allFiles
  }

  async #load(files: readonly string[]): Promise<Mocha> {
    if (this.#mocha) return this.#mocha
    const mocha = new Mocha({ ui: 'bdd', timeout: TEST_TIMEOUT, reporter: Silent })
    mocha.cleanReferencesAfterRun(false)
    for (const file of files) mocha.addFile(file)
    await mocha.loadFilesAsync()
    mocha.suite.beforeEach(function () {
      context.currentTestId = this.currentTest?.fullTitle() ?? ''
    })
    mocha.suite.afterEach(() => {
      delete context.currentTestId
    })
    this.#mocha = mocha
    return mocha
  }
}

/**
 * Runs the tests that have failed without the mutant, and returns the milliseconds that they take. What a mutant leaves behind in this
 * process must not kill others: Stryker makes a new one, and tries this mutant again.
 */
async function requireUnharmed(mocha: Mocha, killedBy: readonly string[]): Promise<number> {
  const started = performance.now()
  const failed = (await runOf(mocha, killedBy)).find(hasFailed)
  if (failed) throw new Error(`fails without the mutant, too: ${failed.name}`)
  return performance.now() - started
}

/** The tests of these files. */
function testsIn(mocha: Mocha, files: readonly string[]): readonly string[] {
  const ids: string[] = []
  mocha.suite.eachTest(test => {
    if (files.includes(relative('.', test.file ?? ''))) ids.push(test.fullTitle())
  })
  return ids
}

/** Runs those tests, or all. Where only some run, the first failure ends it. */
async function runOf(mocha: Mocha, ids?: readonly string[]): Promise<TestResult[]> {
  if (ids?.length === 0) return []
  mocha.grep(ids ? new RegExp(`^(?:${ids.map(escaped).join('|')})$`) : /^/)
  stopAtFailure(mocha.suite, ids !== undefined)
  const tests: TestResult[] = []
  await new Promise<void>(resolve => {
    mocha
      .run(() => resolve())
      .on('pass', test => tests.push({ ...named(test), status: TestStatus.Success }))
      .on('pending', test => tests.push({ ...named(test), status: TestStatus.Skipped }))
      .on('fail', (test, error) =>
        tests.push({
          ...{ ...named(test), status: TestStatus.Failed },
          failureMessage: `${error.code === 'ERR_MOCHA_TIMEOUT' ? LATE : ''}${error}`,
        }),
      )
  })
  return tests
}

/** In every suite: each has taken this from the one around it when it was made. */
function stopAtFailure(suite: Mocha.Suite, stops: boolean): void {
  suite.bail(stops)
  for (const each of suite.suites) stopAtFailure(each, stops)
}

/** Milliseconds. */
const TEST_TIMEOUT = 30_000

/**
 * A test whose time ran out kills its mutant only if it is so many times faster than that without it, right afterwards: on a busy
 * machine, time runs out for a mutant that changes nothing, too.
 */
const PLAINLY_FASTER = 20

/** Before what is said of such a test. */
const LATE = 'too late: '

class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const named = (test: Mocha.Runnable) => ({
  id: test.fullTitle(),
  name: test.fullTitle(),
  timeSpentMs: test.duration ?? 0,
  ...(test.file !== undefined && { fileName: test.file }),
})

const idOf = ({ id }: TestResult) => id

const hasFailed = (test: TestResult): test is FailedTestResult => test.status === TestStatus.Failed

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'mocha-here', MochaRunner),
  declareValuePlugin(PluginKind.Ignore, 'help-texts', {
    shouldIgnore: path => (isHelpText(path) ? 'a text for people' : undefined),
  }),
]
