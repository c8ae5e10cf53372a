import { INSTALL_SCRIPT } from '../role/install-script.ts'
import type { Connection } from './connection.ts'
import { expiryFor, type HostClock, needsLocalTime, readClock } from './host-clock.ts'
import type { HostSessions, SharedLogin } from './host-sessions.ts'
import type { InstalledKey } from './installed-key.ts'
import { readBack, type Sight } from './read-back.ts'
import { type Job, type Ran, runScript } from './remote-script.ts'
import { Lost, Refused } from './session-errors.ts'

/** Milliseconds to wait for a connection and a free session on it. */
const GETTING_IN = 25_000

/** Milliseconds for reading a file back. */
const READING = 15_000

/** Milliseconds after which {@link installKey} has ended, successful or not. */
export const longestInstall = ({ timeout }: Pick<InstalledKey, 'timeout'>): number =>
  GETTING_IN + timeout * 1000 + READING

/** The result of an installation. */
export interface Installed {
  /** Whether sshd will enforce the expiry of the key by itself. */
  readonly heeded: boolean
  /** Whether the key was not found in the file afterwards, so that its removal cannot be verified either. */
  readonly unprovable: boolean
  /** Whether sshd reads local times in an unknown time zone. */
  readonly uncertainEnd: boolean
  /** Where the key was put, as reported by the built-in script. */
  readonly place: string | undefined
}

/**
 * Adds the key to the user's authorized_keys, valid until `expiresAt`, milliseconds since 1970. Doing it again changes the expiry.
 * @throws {Refused} if nothing has been changed @throws {Lost} if that is not known
 */
export function installKey(
  sessions: HostSessions,
  login: SharedLogin,
  { key, expiresAt, share }: Installation,
): Promise<Installed> {
  const [deadline, last] = [longestInstall(key) - READING, longestInstall(key)].map(
    each => performance.now() + each,
  ) as [number, number]
  const work = async (connection: Connection) => {
    const end = Math.min(deadline, performance.now() + key.timeout * 1000)
    const signal = endsAt(end)
    const clock = await clockFor(connection, { key, expiresAt, signal })
    const { option, uncertain } = expiryFor(connection.software, expiresAt, clock)
    if (option === undefined && key.requireExpiry) throw new Refused(NO_EXPIRY)
    const line = lineOf(key, option === undefined ? [] : [option])
    const more = { deadline: deadlineOn(clock, end) }
    const ran = await runScript(
      connection,
      jobOf(key, { line, operation: 'install', more }),
      signal,
    )
    const unprovable = isForeign(key) && (await readBack(connection, key, endsAt(last))) !== 'there'
    return {
      heeded: option !== undefined,
      unprovable,
      uncertainEnd: uncertain,
      place: isForeign(key) ? undefined : placeIn(ran),
    }
  }
  return sessions.use(login, { share, work })
}

const NO_EXPIRY =
  'the SSH server of the host does not support expiry-time, which the role requires (require_expiry)'

/** Where the key is, as reported by root's half of the script; else by the user's half, whose report is only used as that user. */
function placeIn({ stdout, secret }: Ran): string | undefined {
  const all = [...stdout.matchAll(PLACE)].map(([, word = '', place = '']) => ({ word, place }))
  const ofRoot = all.find(({ word }) => word === secret)
  if (ofRoot) return `root ${ofRoot.place}`
  return all[0] && `user ${all[0].place}`
}

/** The report of the built-in script: the identity of the directory, and the path. */
const PLACE = /^(?:([0-9a-f]{64}) )?file (\d+\.\d+\.(?:same|other) \/[^\p{Cc}]{1,4000})$/gmu

const endsAt = (end: number): AbortSignal =>
  AbortSignal.timeout(Math.max(0, Math.floor(end - performance.now())))

/** The host's clocks, if they are needed. @throws {Refused} if the built-in script could not be given a deadline */
async function clockFor(
  connection: Connection,
  {
    key,
    expiresAt,
    signal,
  }: { readonly key: InstalledKey; readonly expiresAt: number; readonly signal: AbortSignal },
): Promise<HostClock> {
  if (isForeign(key) && !needsLocalTime(connection)) return { uptime: undefined, offsets: [] }
  const clock = await readClock(connection, expiresAt, signal)
  if (clock.uptime === undefined && !isForeign(key))
    throw new Refused('the host did not report its uptime')
  return clock
}

/** The time `end` by the host's uptime, or a moment before. */
const deadlineOn = ({ uptime }: HostClock, end: number): number | undefined =>
  uptime === undefined ? undefined : uptime + Math.floor((end - performance.now()) / 10)

interface Installation {
  readonly key: InstalledKey
  readonly expiresAt: number
  /** The share that the connection counts against: see {@link HostSessions.use}. */
  readonly share: string
}

/**
 * Removes the key from the user's authorized_keys; a missing key is not an error. The work of a custom install_script is verified by
 * reading the file, unless that did not find the key after it was installed either.
 * @throws {Refused} or {Lost} if the key may still be there
 */
export function uninstallKey(
  sessions: HostSessions,
  login: SharedLogin,
  { key, unprovable, places, stray = false }: Removal,
): Promise<'proved' | 'unproved'> {
  const work = async (connection: Connection) => {
    const uninstall = async (line: string) => {
      const end = performance.now() + key.timeout * 1000
      const signal = endsAt(end)
      const deadline = isForeign(key)
        ? undefined
        : deadlineOn(await clockFor(connection, { key, expiresAt: 0, signal }), end)
      const more = { deadline, places: places ?? [], ...(stray && { marker: key.marker }) }
      await runScript(connection, jobOf(key, { line, operation: 'uninstall', more }), signal)
      if (!isForeign(key)) return 'absent'
      return readBack(connection, key, AbortSignal.timeout(READING))
    }
    const sight = await uninstall(lineOf(key, []))
    // earlier versions wrote expiry-time after the other options
    const again = isForeign(key) && sight === 'there' && key.options.length > 0
    return verdict(again ? await uninstall(lineOf({ ...key, options: [] }, [])) : sight, unprovable)
  }
  return sessions.use(login, { work })
}

interface Removal {
  readonly key: InstalledKey
  readonly unprovable: boolean
  /** Where it was put: {@link Installed.place}. Absent if unknown. */
  readonly places?: readonly string[] | undefined
  /** Whether to remove only the line with its marker, not the key in other lines. */
  readonly stray?: boolean
}

function verdict(sight: Sight, unprovable: boolean): 'proved' | 'unproved' {
  if (sight === 'there') throw new Lost('the script succeeded, but the key is still in the file')
  if (unprovable) return 'unproved'
  if (sight === 'unreadable')
    throw new Lost('the script succeeded, but the file could not be read to verify it')
  return 'proved'
}

/** Whether it is a custom script, which may fail to do what it reports. */
const isForeign = ({ script }: InstalledKey) => script !== ''

/** The lines of the user's authorized_keys that have a marker, listed by the built-in script. */
export function listKeys(
  sessions: HostSessions,
  login: SharedLogin,
  { username, share }: { readonly username: string; readonly share: string },
): Promise<readonly string[]> {
  const work = async (connection: Connection) => {
    const job = { username, script: INSTALL_SCRIPT, line: '-', operation: 'list' } as const
    const { stdout } = await runScript(connection, job, AbortSignal.timeout(LIST_TIMEOUT))
    return stdout.split('\n').filter(line => line !== '')
  }
  return sessions.use(login, { share, work })
}

const LIST_TIMEOUT = 30_000

/** expiry-time comes first, so that the line without it, by which a key is removed, is a part of every installed line. */
const lineOf = ({ options, publicKey, marker }: InstalledKey, more: readonly string[]): string => {
  const all = [...more, ...options].join(',')
  return `${all === '' ? '' : `${all} `}${publicKey} ${marker}`
}

const jobOf = (
  { username, script }: InstalledKey,
  what: Pick<Job, 'line' | 'operation'> & { readonly more: NonNullable<Job['more']> },
): Job => ({ username, script: script || INSTALL_SCRIPT, ...what })
