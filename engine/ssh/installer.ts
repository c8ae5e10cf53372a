import { randomBytes } from 'node:crypto'
import type { IpAddress } from '../../shared/address.ts'
import type { Connection, Ended } from './dynamic.ts'
import type { HostSessions, SharedLogin } from './host-sessions.ts'
import { INSTALL_SCRIPT } from './install-script.ts'
import { Lost, Refused } from './session-errors.ts'

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

/** Milliseconds after which {@link installKey} has ended, one way or the other. */
export const longestInstall = ({ timeout }: Pick<InstalledKey, 'timeout'>): number =>
  GETTING_IN + timeout * 1000

/** What the default script ends with when it has changed nothing. */
const NOTHING_CHANGED = 3

/** Characters of a script's own words that an error shows. */
const SHOWN = 400

/**
 * Puts the key into the user's authorized_keys, good until `expiresAt`, milliseconds since 1970. Doing it again moves the end.
 * Tells whether the host's server will heed the end by itself.
 * @throws {Refused} if nothing has been changed @throws {Lost} if nobody knows
 */
export function installKey(
  sessions: HostSessions,
  login: SharedLogin,
  { key, expiresAt }: { readonly key: InstalledKey; readonly expiresAt: number },
): Promise<boolean> {
  const deadline = AbortSignal.timeout(longestInstall(key))
  return sessions.use(login, async connection => {
    const signal = AbortSignal.any([deadline, AbortSignal.timeout(key.timeout * 1000)])
    const expiry = await expiryOption(connection, expiresAt, signal)
    const line = lineOf(key, expiry === undefined ? [] : [expiry])
    await runScript(connection, { key, line, operation: 'install' }, signal)
    return expiry !== undefined
  })
}

/** Takes the key out of the user's authorized_keys; that it is not there is no error. @throws {Refused} or {Lost} if it may still be there */
export function uninstallKey(
  sessions: HostSessions,
  login: SharedLogin,
  key: InstalledKey,
): Promise<void> {
  return sessions.use(login, async connection => {
    const signal = AbortSignal.timeout(key.timeout * 1000)
    await runScript(connection, { key, line: lineOf(key, []), operation: 'uninstall' }, signal)
  })
}

/** The lines with a marker that the user's authorized_keys has. The built-in script finds them. */
export function listKeys(
  sessions: HostSessions,
  login: SharedLogin,
  username: string,
): Promise<readonly string[]> {
  return sessions.use(login, async connection => {
    const job = { username, script: INSTALL_SCRIPT, line: '-', operation: 'list' } as const
    const { stdout } = await started(connection, job, AbortSignal.timeout(LIST_TIMEOUT))
    return stdout.split('\n').filter(line => line !== '')
  })
}

const LIST_TIMEOUT = 30_000

interface Job {
  readonly username: string
  readonly script: string
  readonly line: string
  readonly operation: 'install' | 'uninstall' | 'list'
}

const lineOf = ({ options, publicKey, marker }: InstalledKey, more: readonly string[]): string => {
  const all = [...options, ...more].join(',')
  return `${all === '' ? '' : `${all} `}${publicKey} ${marker}`
}

function runScript(
  connection: Connection,
  {
    key,
    line,
    operation,
  }: { readonly key: InstalledKey; readonly line: string; readonly operation: Job['operation'] },
  signal: AbortSignal,
): Promise<Ended> {
  const script = key.script || INSTALL_SCRIPT
  return started(connection, { username: key.username, script, line, operation }, signal)
}

/**
 * Brings key and script to the admin user's home, and runs the script there. No part of the command comes from a request but the user
 * name, which is a strict name and quoted besides. Contract §3.3.
 */
async function started(connection: Connection, job: Job, signal: AbortSignal): Promise<Ended> {
  const file = randomBytes(32).toString('hex')
  const path = `/home/${job.username}/.ssh/authorized_keys`
  const size = `${Buffer.byteLength(job.script)}`
  const words = [job.operation, file, path, size].map(quoted).join(' ')
  const command = `exec /bin/sh -c ${quoted(BRING_AND_RUN)} sh ${words}`
  const ended = await connection.run(command, `${job.line}\n${job.script}`, signal)
  const { code, stdout } = ended
  const at = stdout.indexOf(`${file}\n`)
  const said = { ...ended, stdout: at < 0 ? stdout : stdout.slice(at + file.length + 1) }
  if (code === 0 && at >= 0) return said
  const reason = `the script ${code === undefined ? 'was killed' : `ended with ${code}`}: ${saidBy(said)}`
  // it has not begun, or says itself that nothing was changed
  const untouched = at < 0 || (job.script === INSTALL_SCRIPT && code === NOTHING_CHANGED)
  throw untouched ? new Refused(reason) : new Lost(reason)
}

/**
 * Prints its second argument when it is about to run the script. It does not wait for the end of its input, for what has been closed
 * can no longer be told to end.
 */
const BRING_AND_RUN = [
  'umask 077',
  'o=$1 f=$2 p=$3 n=$4',
  'trap "rm -f -- \\"\\$f\\" \\"\\$f.sh\\"" EXIT',
  'trap "exit 143" HUP INT TERM',
  '{ IFS= read -r l && printf "%s\\n" "$l" >"$f" && head -c "$n" >"$f.sh" && chmod 700 "$f.sh"; } || exit 1',
  'echo "$f"',
  '"./$f.sh" "$o" "$f" "$p" </dev/null',
].join('; ')

/** A word for any shell; what is quoted here has neither quotes nor exclamation marks. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** What the script says, for people: stderr if there is any. */
function saidBy({ stdout, stderr }: Ended): string {
  const text = (stderr.trim() || stdout.trim()).replace(/[^\x20-\x7e]+/g, ' ')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text || 'it says nothing'
}

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
