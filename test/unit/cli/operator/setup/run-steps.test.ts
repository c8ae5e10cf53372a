import { expect } from 'chai'
import { Failure } from '../../../../../engine/cli/failure.ts'
import { runSteps } from '../../../../../engine/cli/operator/setup/run-steps.ts'
import type { SetupStep } from '../../../../../engine/cli/operator/setup/setup-step.ts'

describe('runSteps', () => {
  const step = (name: string, run: SetupStep['run'], isDone = false): SetupStep => ({
    ...{ name, what: `do ${name}`, run },
    isDone: () => isDone,
  })
  const run = async (steps: readonly SetupStep[], isStopped = () => false) => {
    const notes: string[] = []
    const ended = await runSteps(steps, { note: line => notes.push(line), isStopped }).catch(
      error => error,
    )
    return { ended, notes }
  }

  it('leaves out what is done', async () => {
    const { ended, notes } = await run([
      step('one', () => expect.fail('it is done'), true),
      step('two', () => 'it went well'),
    ])
    expect(notes).to.deep.equal(['[1/2] one: already done', '[2/2] two: do two', '  it went well'])
    expect(ended.map(({ state }: { state: string }) => state)).to.deep.equal([
      'already done',
      'done',
    ])
  })

  it('names the step that failed, what was done before, and both ways on', async () => {
    const { ended } = await run([
      step('one', () => undefined),
      step('two', () => {
        throw new Failure('no space left', 3)
      }),
      step('three', () => expect.fail('it must not run')),
    ])
    expect(ended.message).to.match(
      /^the step "two" failed: no space left\n\nDone so far: one\. To go on, .* postern operator setup -undo$/,
    )
    expect(ended.exitCode).to.equal(3)
  })

  it('stops between two steps', async () => {
    let stopped = false
    const steps = [
      step('one', () => {
        stopped = true
        return undefined
      }),
      step('two', () => expect.fail('it must not run')),
    ]
    const { ended } = await run(steps, () => stopped)
    expect(ended.message).to.match(/^stopped before the step "two"\. Done so far: one\./)
  })
})
