import { packagedFile } from '../../../../shared/packaged-file.ts'
import { EXIT, Failure } from '../../failure.ts'
import { allSteps, type SetupParts } from './all-steps.ts'
import { engineClients } from './engine-client.ts'
import { engineToml } from './engine-toml.ts'
import { type Obstacle, preflight } from './preflight.ts'
import { plannedSteps, rowsOf } from './run-steps.ts'
import { answers } from './service-steps.ts'
import { PATHS } from './setup-paths.ts'
import { type SetupPlan, tlsFilesOf } from './setup-plan.ts'

/** Exit code if something is in the way. */
const OBSTRUCTED = 2

/** Prints what the set-up would do, and what is in its way. Gives the exit code. */
export async function checkSetup(parts: SetupParts): Promise<number> {
  const { flags, print } = parts.call
  const obstacles = await obstaclesOf(parts)
  const steps = await plannedSteps(
    allSteps(parts, { administrator: undefined, show: async () => undefined }),
  )
  const diff = flags.diff ? configurationDiff(parts.plan) : undefined
  if (print.format === 'table') {
    for (const { what, state } of steps)
      print.line(`${state === 'to do' ? 'would' : 'done:'} ${what}`)
    if (diff !== undefined) print.line(`\n${diff}`)
    for (const each of obstacles) print.line(obstacleText(each))
  } else {
    const found = { obstacles: obstacles.map(each => ({ ...each })), steps: rowsOf(steps) }
    await print.rows({ ...found, ...(diff !== undefined && { diff }) }, [], [])
  }
  return obstacles.some(({ isWarning }) => !isWarning) ? OBSTRUCTED : EXIT.ok
}

/** @throws {Failure} if something is in the way of the set-up */
export async function requireClear(parts: SetupParts): Promise<void> {
  const hard = (await obstaclesOf(parts)).filter(({ isWarning }) => !isWarning)
  if (hard.length > 0) throw new Failure(hard.map(obstacleText).join('\n').trim())
}

async function obstaclesOf({ call, plan, installation }: SetupParts): Promise<readonly Obstacle[]> {
  const isRunning = await answers(engineClients(plan, call.connect)())
  return preflight(plan, installation, isRunning)
}

const obstacleText = ({ problem, remedy, isWarning }: Obstacle) =>
  `\n${isWarning ? 'WARNING! ' : 'in the way: '}${problem}\n    ${remedy}`

/** The lines of the sample that the set-up changes. It changes lines in place. */
function configurationDiff(plan: SetupPlan): string {
  const own = engineToml({ ...plan, tls: tlsFilesOf(plan) }).split('\n')
  const changes = packagedFile('config/engine.toml')
    .split('\n')
    .flatMap((line, index) => (line === own[index] ? [] : [`-${line}`, `+${own[index]}`]))
  return [`--- the sample`, `+++ ${PATHS.config}`, ...changes].join('\n')
}
