import type { IpAddress } from '../../shared/address.ts'
import type { Connection } from './dynamic.ts'
import type { HostSessions, SharedLogin } from './host-sessions.ts'
import { INSTALL_SCRIPT } from './install-script.ts'
import { readBack, type Sight } from './read-back.ts'
import { type Job, runScript } from './remote-script.ts'
import { Lost } from './session-errors.ts'

/** A key on a host: all that it takes to put it there or take it away. */
export interface InstalledKey {
  readonly ip: IpAddress
  readonly port: number
  readonly username: string
  /** `type base64` */
  readonly publicKey: string
  /** Options as in authorized_keys, each read and written anew. */
  readonly options: readonly string[]
  /** Comment of the line, without spaces, by which it is known whose it is. */
  readonly marker: string
  /** Empty for the built-in one. */
  readonly script: string
  /** Seconds that the script may take. */
  readonly timeout: number
}

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
  const [deadline, last] = [longestInstall(key) - READING, longestInstall(key)].map(each =>
    AbortSignal.timeout(each),
  ) as [AbortSignal, AbortSignal]
  const work = async (connection: Connection) => {
    const signal = AbortSignal.any([deadline, AbortSignal.timeout(key.timeout * 1000)])
    const expiry = await expiryOption(connection, expiresAt, signal)
    const line = lineOf(key, expiry === undefined ? [] : [expiry])
    await runScript(connection, jobOf(key, line, 'install'), signal)
    const unprovable = isForeign(key) && (await readBack(connection, key, last)) !== 'there'
    return { heeded: expiry !== undefined, unprovable }
  }
  return sessions.use(login, { share, work })
}

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
  { key, unprovable }: { readonly key: InstalledKey; readonly unprovable: boolean },
): Promise<'proved' | 'unproved'> {
  const work = async (connection: Connection) => {
    const uninstall = async (line: string) => {
      const signal = AbortSignal.timeout(key.timeout * 1000)
      await runScript(connection, jobOf(key, line, 'uninstall'), signal)
      if (!isForeign(key)) return 'absent'
      return readBack(connection, key, AbortSignal.timeout(READING))
    }
    const sight = await uninstall(lineOf(key, []))
    // in lines of earlier versions, the time stands between options and key
    const again = sight === 'there' && key.options.length > 0
    return verdict(again ? await uninstall(lineOf({ ...key, options: [] }, [])) : sight, unprovable)
  }
  return sessions.use(login, { work })
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
  line: string,
  operation: Job['operation'],
): Job => ({ username, script: script || INSTALL_SCRIPT, line, operation })

/** The option that makes the server refuse the key after its end, if the server knows one. */
async function expiryOption(
  connection: Connection,
  expiresAt: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [, major, minor] = /^OpenSSH_(\d+)\.(\d+)/.exec(connection.software) ?? []
  if (major === undefined) return undefined
  const version = Number(major) * 100 + Number(minor)
  if (version < EXPIRY_KNOWN) return undefined
  // a second more: the lease ends first
  const seconds = Math.ceil(expiresAt / 1000) + 1
  const utc = new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)
  if (version >= UTC_KNOWN) return `expiry-time="${utc}Z"`
  const { stdout } = await connection.run(localTime(seconds), '', signal)
  const [local] = /\b\d{14}\b/.exec(stdout) ?? []
  return local === undefined ? undefined : `expiry-time="${local}"`
}

/** The versions of OpenSSH that brought expiry-time, and times in UTC for it: 7.7 and 9.1. */
const EXPIRY_KNOWN = 707
const UTC_KNOWN = 901

/** A command that tells the host's own time: of GNU and BusyBox, or of BSD. */
const localTime = (seconds: number): string =>
  `exec /bin/sh -c 'unset TZ; date -d @${seconds} +%Y%m%d%H%M%S 2>/dev/null || date -r ${seconds} +%Y%m%d%H%M%S'`
