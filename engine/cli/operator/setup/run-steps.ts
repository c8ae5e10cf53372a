import { setImmediate as turn } from 'node:timers/promises'
import { EXIT, Failure } from '../../failure.ts'
import type { SetupStep } from './setup-step.ts'

export interface StepOutcome {
  readonly name: string
  readonly state: 'done' | 'already done' | 'to do'
  /** A sentence. */
  readonly what: string
}

interface RunOptions {
  readonly note: (line: string) => void
  /** Whether the administrator has asked to stop. */
  readonly isStopped: () => boolean
}

/**
 * Runs the steps that are not done, in their order.
 * @throws {Failure} that names the step, what has been done before it, and how to go on
 */
export async function runSteps(
  steps: readonly SetupStep[],
  { note, isStopped }: RunOptions,
): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  for (const [index, step] of steps.entries()) {
    // signals are noticed only between turns
    await turn()
    if (isStopped()) throw new Failure(`stopped before the step "${step.name}". ${ways(outcomes)}`)
    const title = `[${index + 1}/${steps.length}] ${step.name}`
    const { name, what } = step
    if (await step.isDone()) {
      outcomes.push({ name, what, state: 'already done' })
      note(`${title}: already done`)
      continue
    }
    note(`${title}: ${what}`)
    const said = await performed(step, outcomes)
    if (said !== undefined) note(`  ${said}`)
    outcomes.push({ name, what, state: 'done' })
  }
  return outcomes
}

async function performed(step: SetupStep, before: readonly StepOutcome[]) {
  try {
    return await step.run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = error instanceof Failure ? error.exitCode : EXIT.local
    const said = `the step "${step.name}" failed: ${error.message}\n\n${ways(before)}`
    throw new Failure(said, code, { cause: error })
  }
}

const ways = (before: readonly StepOutcome[]) => {
  const done = before.map(({ name }) => name).join(', ')
  return `Done so far: ${done || 'nothing'}. To go on, run the same command again: it leaves out what is done. To take it back: postern operator setup -undo`
}

/** What {@link runSteps} would do. */
export const plannedSteps = (steps: readonly SetupStep[]): Promise<readonly StepOutcome[]> =>
  Promise.all(
    steps.map(async ({ name, what, isDone }) => ({
      ...{ name, what },
      state: (await isDone()) ? ('already done' as const) : ('to do' as const),
    })),
  )

/** Outcomes for programs. */
export const rowsOf = (outcomes: readonly StepOutcome[]) => outcomes.map(each => ({ ...each }))
