import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { packagedFile } from '../../../../shared/packaged-file.ts'
import type { Client } from '../../client.ts'
import { Failure } from '../../failure.ts'
import type { Installation } from './installation.ts'
import { runProgram, tryProgram } from './run-program.ts'
import { sealKeyPlaceOf } from './seal-key-step.ts'
import {
  DROP_IN,
  PATHS,
  packagedUnit,
  SEAL_CREDENTIAL,
  SERVICE,
  SERVICE_USER,
  TIMERS,
  UNIT_FOLDERS,
} from './setup-paths.ts'
import type { SealKeyPlace, SetupPlan } from './setup-plan.ts'
import type { SetupStep } from './setup-step.ts'

/** Milliseconds in which a service that has been started answers. */
const START_TIMEOUT = 30_000

/** Milliseconds between two questions. */
const POLL_INTERVAL = 200

/** The command of the units in packaging/. */
const PACKAGED_COMMAND = '/usr/local/bin/postern'

/** Exit code if an administrator has to start the engine. */
export const NOT_STARTED = 3

/** The steps that make the engine a service, and start it. */
export const serviceSteps = (
  plan: SetupPlan,
  installation: Installation,
  client: Client,
): readonly SetupStep[] => [
  ...(plan.hasSystemd ? [units(plan, installation)] : []),
  start(plan, client),
  ...(plan.hasSystemd ? [timers(plan, installation)] : []),
]

const timerNames = ({ tls }: SetupPlan) => [TIMERS.backup, ...(tls ? [] : [TIMERS.certificate])]

/** The units that this set-up needs. */
const unitNames = (plan: SetupPlan) => [
  SERVICE,
  ...timerNames(plan).flatMap(name => [`${name}.service`, `${name}.timer`]),
]

const isInstalledUnit = (name: string) =>
  UNIT_FOLDERS.some(folder => existsSync(join(folder, name)))

const units = (plan: SetupPlan, installation: Installation): SetupStep => ({
  name: 'units',
  what: `install the units that no package has installed, and ${DROP_IN}`,
  isDone: () =>
    unitNames(plan).every(isInstalledUnit) &&
    (sealKeyPlaceOf(plan, installation) === 'file' || installation.isInstalled(DROP_IN)),
  run() {
    const own = plan.self.join(' ')
    for (const name of unitNames(plan).filter(each => !isInstalledUnit(each)))
      installation.install(
        join(PATHS.units, name),
        packagedFile(packagedUnit(name)).replaceAll(PACKAGED_COMMAND, own),
        { mode: 0o644 },
      )
    const place = sealKeyPlaceOf(plan, installation)
    if (place !== 'file') {
      installation.folder(dirname(DROP_IN), { mode: 0o755 })
      installation.install(DROP_IN, dropIn(place), { mode: 0o644 })
    }
    runProgram(['systemctl', 'daemon-reload'])
    return undefined
  },
})

const dropIn = (place: SealKeyPlace) =>
  `# written by postern operator setup\n[Service]\n${
    place === 'encrypted credential'
      ? `LoadCredentialEncrypted=${SEAL_CREDENTIAL}:${PATHS.encryptedSealKey}`
      : `${WITHOUT_CHECK}\nLoadCredential=${SEAL_CREDENTIAL}:${PATHS.sealKey}`
  }\n`

/** See https://github.com/systemd/systemd/issues/18116. The engine makes the same check when it starts. */
const WITHOUT_CHECK =
  '# systemd 247 starts no service with a credential and a command before\nExecStartPre='

const start = (plan: SetupPlan, client: Client): SetupStep => ({
  name: 'service',
  what: plan.hasSystemd
    ? `enable and start ${SERVICE}`
    : 'wait for the engine, which you start: no systemd runs here',
  isDone: async () => (!plan.hasSystemd || isEnabled(SERVICE)) && (await answers(client)),
  async run() {
    if (!plan.hasSystemd) throw new Failure(byHand(plan), NOT_STARTED)
    try {
      runProgram(['systemctl', 'enable', '--now', SERVICE])
      await untilAnswers(client)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const said = tryProgram('journalctl', '-u', SERVICE, '-n', '10', '--no-pager', '-o', 'cat')
      throw new Failure(`${error.message}\n${said ?? ''}`.trim(), error.exitCode)
    }
    return undefined
  },
})

/** Whether the engine answers, sealed or not. */
export const answers = (client: Client): Promise<boolean> =>
  client.read('sys/seal-status').then(
    () => true,
    () => false,
  )

async function untilAnswers(client: Client): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT
  while (!(await answers(client))) {
    if (performance.now() > deadline)
      throw new Failure(`${SERVICE} was started, and does not answer: journalctl -u ${SERVICE}`)
    await wait(POLL_INTERVAL)
  }
}

/** A package that is removed disables its units, also if it is installed again later. */
const isEnabled = (unit: string): boolean =>
  tryProgram('systemctl', 'is-enabled', unit) !== undefined

const byHand = ({ self }: SetupPlan) =>
  `no systemd runs here. Start the engine, and run this command again:

    setpriv --reuid=${SERVICE_USER} --regid=${SERVICE_USER} --init-groups ${self.join(' ')} server -config=${PATHS.config} &`

const timers = (plan: SetupPlan, installation: Installation): SetupStep => ({
  name: 'timers',
  what: `enable ${timerNames(plan)
    .map(name => `${name}.timer`)
    .join(' and ')}`,
  isDone: () =>
    installation.has('timers enabled') &&
    timerNames(plan).every(name => isEnabled(`${name}.timer`)),
  run() {
    for (const name of timerNames(plan))
      runProgram(['systemctl', 'enable', '--now', `${name}.timer`])
    installation.reach('timers enabled')
    return undefined
  },
})
