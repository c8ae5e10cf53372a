import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../failure.ts'
import type { Installation } from './installation.ts'
import { tryProgram } from './run-program.ts'
import type { StepOutcome } from './run-steps.ts'
import { deleteUser, idsOf } from './service-user.ts'
import { PATHS, SERVICE, SERVICE_USER, TIMERS } from './setup-paths.ts'

interface UndoOptions {
  readonly installation: Installation
  /** Also delete the storage, the audit log, the backups and the keys. */
  readonly deletesData: boolean
  /** Whether the engine answers. */
  readonly isRunning: () => Promise<boolean>
}

/** Files without which the storage and its backups cannot be read, and hosts cannot trust a new certificate. */
const KEYS: readonly string[] = [
  ...[PATHS.sealKey, PATHS.encryptedSealKey],
  ...[PATHS.authorityKey, PATHS.authority],
]

const DATA: readonly string[] = [PATHS.storage, PATHS.log, PATHS.backups]

/** What the set-up has made and its timer changes. */
const RENEWED: readonly string[] = [PATHS.certificate]

/**
 * Takes back what the set-up has done, the service first and the record last, so that a run that was cut short can be repeated.
 * Files that somebody has changed since are kept.
 * @throws {Failure} if the engine runs and cannot be stopped
 */
export async function undoSetup(options: UndoOptions): Promise<readonly StepOutcome[]> {
  const { installation, deletesData } = options
  const { files, folders } = installation.record
  const hasData = installation.has('initializing') && !deletesData
  const outcomes = await stopService(options)
  for (const path of Object.keys(files).toReversed())
    outcomes.push(
      hasData && KEYS.includes(path)
        ? kept(path, 'the storage and the hosts need it')
        : removeFile(installation, path),
    )
  if (existsSync('/run/systemd/system')) tryProgram('systemctl', 'daemon-reload')
  // with them, a later set-up goes on with the same storage, and hosts keep their trust
  if (hasData) {
    installation.leave('timers enabled')
    return [...outcomes, ...DATA.map(path => kept(path, 'delete it with -delete-data'))]
  }
  const below = folders.filter(path => path !== PATHS.etc).toReversed()
  outcomes.push(...below.map(path => removeFolder(installation, path)))
  if (deletesData && installation.has('folders created')) outcomes.push(...emptyOthers(folders))
  if (installation.has('creating the user')) outcomes.push(removeUser())
  installation.forget()
  if (folders.includes(PATHS.etc)) outcomes.push(removeFolder(installation, PATHS.etc))
  return outcomes
}

async function stopService({ isRunning, installation }: UndoOptions): Promise<StepOutcome[]> {
  const units = [...Object.values(TIMERS).map(name => `${name}.timer`), SERVICE]
  if (existsSync('/run/systemd/system')) {
    if (installation.has('folders created'))
      for (const unit of units) tryProgram('systemctl', 'disable', '--now', unit)
    return [removed(SERVICE)]
  }
  if (await isRunning())
    throw new Failure('the engine runs: no systemd runs here, so stop it yourself, and repeat this')
  return []
}

const removeFile = (installation: Installation, path: string): StepOutcome =>
  installation.remove(path, { isForced: RENEWED.includes(path) }) === 'removed'
    ? removed(path)
    : kept(path, 'it has been changed since')

function removeFolder(installation: Installation, path: string): StepOutcome {
  if (DATA.includes(path)) rmSync(path, { recursive: true, force: true })
  return installation.removeFolder(path) === 'removed'
    ? removed(path)
    : kept(path, 'it is not empty')
}

/** Empties the directories of data that a package has made, and that it removes. */
const emptyOthers = (folders: readonly string[]): readonly StepOutcome[] =>
  DATA.filter(path => !folders.includes(path) && existsSync(path)).map(path => {
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true })
    return { name: path, state: 'done', what: 'emptied' }
  })

function removeUser(): StepOutcome {
  const name = `the user ${SERVICE_USER}`
  if (!idsOf(SERVICE_USER)) return removed(name)
  try {
    deleteUser(SERVICE_USER)
    return removed(name)
  } catch (error) {
    if (error instanceof Failure) return kept(name, error.message)
    throw error
  }
}

const removed = (name: string): StepOutcome => ({ name, state: 'done', what: 'removed' })
const kept = (name: string, why: string): StepOutcome => ({
  name,
  state: 'to do',
  what: `kept: ${why}`,
})
