import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { type Flags, parseFlags, USUAL_CONFIG } from '../flags.ts'
import { Refusal } from '../refusal.ts'
import { checkStack, type StackCheck } from './check-stack.ts'
import type { Service } from './pam-stack.ts'
import {
  excuseOf,
  pamServiceOf,
  readSshdSettings,
  type SshdSettings,
  sshdNotes,
  sshdProblems,
} from './sshd-settings.ts'

/** The result for sshd and its PAM stack, in one line. */
export interface SshdVerdict {
  readonly ready: boolean
  readonly line: string
}

/** Checks sshd and its PAM stack, if the helper in that stack uses the configuration that the flags name. */
export function verifySshd(
  flags: Flags,
  { deadline, services }: Pick<Config, 'deadline' | 'services'>,
): SshdVerdict {
  const { settings, problems, notes } = sshdOf(deadline)
  const service = pamServiceOf(settings)
  const check = checkStack(service, { read: readService, isHelper, canRun })
  const used = flagsOf(check)
  if (used instanceof Refusal)
    return verdict(service, { problems: [`the line of postern-helper: ${used.message}`], notes })
  if (resolve(used.config) !== resolve(flags.config)) return notJudged(used, flags)
  const own = [
    ...(used.dev && !flags.dev
      ? ['the line of postern-helper has -dev, which may accept any server as the engine']
      : []),
    ...(services.includes(service) ? [] : [`services in ${used.config} lacks "${service}"`]),
  ]
  return verdict(service, {
    problems: [...problems, ...own, ...check.problems],
    notes: [...notes, ...check.notes],
  })
}

/** Not ready if the flags name no configuration: the caller then means the one that sshd uses. */
function notJudged(used: Flags, flags: Flags): SshdVerdict {
  const line = `sshd is not judged: its PAM stack uses ${used.config}, not ${flags.config}`
  return resolve(flags.config) === USUAL_CONFIG
    ? { ready: false, line: `${line} (run it with -config=${used.config})` }
    : { ready: true, line }
}

function verdict(
  service: string,
  { problems, notes }: Pick<StackCheck, 'problems' | 'notes'>,
): SshdVerdict {
  const ready = problems.length === 0
  const says = ready ? ['only postern-helper lets users in by password'] : problems
  return { ready, line: `PAM service ${service}: ${[...says, ...notes].join('; ')}` }
}

/** The settings of sshd; its defaults where they cannot be read. */
function sshdOf(deadline: number): {
  readonly settings: SshdSettings
  readonly problems: readonly string[]
  readonly notes: readonly string[]
} {
  try {
    const settings = readSshdSettings()
    return { settings, problems: sshdProblems(settings, deadline), notes: sshdNotes(settings) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const excuse = excuseOf(error)
    const settings = new Map()
    if (excuse === undefined) return { settings, problems: [error.message], notes: [] }
    return { settings, problems: [], notes: [`${excuse}, so only PAM is judged`] }
  }
}

/** The flags in the helper's line; the defaults if there is none. */
function flagsOf({ words }: StackCheck): Flags | Refusal {
  try {
    const flags = parseFlags(words ?? [])
    if (flags.help || flags.version || flags.verifyOnly)
      return new Refusal('usage', '-help, -version and -verify-only allow no login')
    return flags
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** Where libpam looks for services, in this order. */
const FOLDERS = ['/etc/pam.d', '/usr/lib/pam.d']

/** Reads PAM's configuration of a service of this host. */
export function readService(service: string): Service | undefined {
  const files = service.includes('/') ? [service] : FOLDERS.map(folder => `${folder}/${service}`)
  for (const file of files)
    try {
      // libpam reads a directory as an empty file
      return { file, text: statSync(file).isDirectory() ? '' : readFileSync(file, 'utf8') }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new Refusal('settings', message)
    }
  return undefined
}

/** By its name, or because it is this program under another name. */
export const isHelper = (program: string): boolean =>
  basename(program) === 'postern-helper' || real(program) === real(process.execPath)

function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    // does not exist, so it is not this program
    return file
  }
}

/** Whether pam_exec could run a program. */
export function canRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK)
    return statSync(program).isFile()
  } catch {
    // whatever the reason, pam_exec could not run it either
    return false
  }
}
