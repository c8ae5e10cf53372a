const { writeFileSync } = require('node:fs')
const { relative } = require('node:path')
const { reporters, Runner } = require('mocha')

/**
 * Mocha's spec report, which also leaves its counts, what failed and why, and the milliseconds that each file took, in the file that
 * POSTERN_TEST_COUNTS names. A test that is skipped counts as failed.
 */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const files = {}
    const begun = new Map()
    const failing = []
    const isFile = suite => suite.parent?.root && suite.file
    runner.on(Runner.constants.EVENT_SUITE_BEGIN, suite => {
      if (isFile(suite)) begun.set(suite, performance.now())
    })
    runner.on(Runner.constants.EVENT_SUITE_END, suite => {
      if (!isFile(suite)) return
      const file = relative(process.cwd(), suite.file)
      files[file] = (files[file] ?? 0) + performance.now() - begun.get(suite)
    })
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      failing.push(`${test.fullTitle()}: ${error.stack ?? error.message ?? error}`)
    })
    runner.on(Runner.constants.EVENT_TEST_PENDING, test => {
      failing.push(`${test.fullTitle()}: is skipped`)
    })
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      const counts = process.env.POSTERN_TEST_COUNTS
      const found = { passed: passes, failed: failures + pending, failing, files }
      if (counts) writeFileSync(counts, JSON.stringify(found))
    })
  }
}
