import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'

const PROGRAM = join(import.meta.dirname, '../../bench/soak.ts')

/** `POSTERN_TEST_SOAK_MINUTES=60` for an hour. */
const MINUTES = Number(process.env.POSTERN_TEST_SOAK_MINUTES ?? 8)

describe('An engine under load for minutes', function () {
  this.timeout((MINUTES + 5) * 60_000)

  it('stays flat while keys are rotated, logs moved, and it is reloaded and sealed', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [PROGRAM, `-minutes=${MINUTES}`],
      { encoding: 'utf8' },
    )
    expect(status, `${stdout}${stderr}`).to.equal(0)
  })
})
