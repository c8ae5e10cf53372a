const { writeFileSync } = require('node:fs')
const { reporters, Runner } = require('mocha')

/** Mocha's spec report, which also leaves its counts in the file that POSTERN_TEST_COUNTS names. A test that is skipped counts as failed. */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      const file = process.env.POSTERN_TEST_COUNTS
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures + pending }))
    })
  }
}
