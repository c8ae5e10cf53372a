import { INSTALL_SCRIPT } from '../role/install-script.ts'
import type { Connection } from './connection.ts'
import { expiryFor, type HostClock, needsLocalTime, readClock } from './host-clock.ts'
import type { HostSessions, SharedLogin } from './host-sessions.ts'
import type { InstalledKey } from './installed-key.ts'
import { readBack, type Sight } from './read-back.ts'
import { type Job, type Ran, runScript } from './remote-script.ts'
import { Lost, Refused } from './session-errors.ts'

/** Milliseconds for which a host and the others who want to get into it are waited for. */
const GETTING_IN = 25_000

/** Milliseconds for reading a file back. */
const READING = 15_000

/** Milliseconds after which {@link installKey} has ended, one way or the other. */
export const longestInstall = ({ timeout }: Pick<InstalledKey, 'timeout'>): number =>
  GETTING_IN + timeout * 1000 + READING

/** What is known of a key that has been put on a host. */
export interface Installed {
  /** The host's server will heed the key's end by itself. */
  readonly heeded: boolean
  /** Reading the file back did not show the key, so reading it back cannot show either that it has been removed. */
  readonly unprovable: boolean
  /** The host's server reads local times, and nobody knows in which zone. */
  readonly uncertainEnd: boolean
  /** Where the built-in script has put it, in its own words. */
  readonly place: string | undefined
}

/**
 * Puts the key into the user's authorized_keys, good until `expiresAt`, milliseconds since 1970. Doing it again moves the end.
 * @throws {Refused} if nothing has been changed @throws {Lost} if nobody knows
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
  'the SSH server of the host knows no expiry-time, which the role requires (require_expiry)'

/** Where the key is, in the words of root's half of the script; else in those of the user's, which are followed as the user alone. */
function placeIn({ stdout, secret }: Ran): string | undefined {
  const all = [...stdout.matchAll(PLACE)].map(([, word = '', place = '']) => ({ word, place }))
  const ofRoot = all.find(({ word }) => word === secret)
  if (ofRoot) return `root ${ofRoot.place}`
  return all[0] && `user ${all[0].place}`
}

/** As the built-in script says it: how the folder is known, and the path. */
const PLACE = /^(?:([0-9a-f]{64}) )?file (\d+\.\d+\.(?:same|other) \/[^\p{Cc}]{1,4000})$/gmu

const endsAt = (end: number): AbortSignal =>
  AbortSignal.timeout(Math.max(0, Math.floor(end - performance.now())))

/** The host's clocks, where they are needed. @throws {Refused} if the built-in script cannot be told when its time is over */
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
    throw new Refused('the host does not tell how long it has been up')
  return clock
}

/** When it is `end` here, by the host's clock or a moment before. */
const deadlineOn = ({ uptime }: HostClock, end: number): number | undefined =>
  uptime === undefined ? undefined : uptime + Math.floor((end - performance.now()) / 10)

interface Installation {
  readonly key: InstalledKey
  readonly expiresAt: number
  /** For whom the key is installed: see {@link HostSessions.use}. */
  readonly share: string
}

/**
 * Takes the key out of the user's authorized_keys; that it is not there is no error. What a script of the administrator's has done is read
 * back, and only believed where that did not work when the key was installed either.
 * @throws {Refused} or {Lost} if it may still be there
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
    // in lines of earlier versions, the time stands between options and key
    const again = isForeign(key) && sight === 'there' && key.options.length > 0
    return verdict(again ? await uninstall(lineOf({ ...key, options: [] }, [])) : sight, unprovable)
  }
  return sessions.use(login, { work })
}

interface Removal {
  readonly key: InstalledKey
  readonly unprovable: boolean
  /** Where it was put: {@link Installed.place}. Absent where nobody knows. */
  readonly places?: readonly string[] | undefined
  /** Only the line with its marker is meant, not the key in other lines. */
  readonly stray?: boolean
}

function verdict(sight: Sight, unprovable: boolean): 'proved' | 'unproved' {
  if (sight === 'there') throw new Lost('the script ended well, and the key is still in the file')
  if (unprovable) return 'unproved'
  if (sight === 'unreadable')
    throw new Lost('the script ended well, and the file could not be read to see that')
  return 'proved'
}

/** Whether a script does it that may not do what it should. */
const isForeign = ({ script }: InstalledKey) => script !== ''

/** The lines with a marker that the user's authorized_keys has. The built-in script finds them. */
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

/** The end stands first: then the line without it, by which a key is removed, is a part of each line that has been installed. */
const lineOf = ({ options, publicKey, marker }: InstalledKey, more: readonly string[]): string => {
  const all = [...more, ...options].join(',')
  return `${all === '' ? '' : `${all} `}${publicKey} ${marker}`
}

const jobOf = (
  { username, script }: InstalledKey,
  what: Pick<Job, 'line' | 'operation'> & { readonly more: NonNullable<Job['more']> },
): Job => ({ username, script: script || INSTALL_SCRIPT, ...what })
