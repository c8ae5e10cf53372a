import { randomBytes } from 'node:crypto'
import type { Connection } from './connection.ts'
import { runProgram } from './remote-script.ts'
import { Refused } from './session-errors.ts'

/** The clocks of a host. */
export interface HostClock {
  /** Hundredths of a second since its boot, a moment ago. Undefined if the host has no /proc/uptime. */
  readonly uptime: number | undefined
  /** Minutes by which local time is ahead of UTC, in sshd's environment and in the machine's: now, and in either half of the year. */
  readonly offsets: readonly (readonly number[])[]
}

/** The option that makes sshd refuse a key after its expiry. */
interface Expiry {
  /** Undefined if sshd does not support expiry-time. */
  readonly option: string | undefined
  /** Whether sshd's time zone is unknown, so that it may refuse the key too early. */
  readonly uncertain: boolean
}

/** The versions of OpenSSH that introduced expiry-time, and UTC in it: 7.7 and 9.1. */
const EXPIRY_KNOWN = 707
const UTC_KNOWN = 901

/** Whether the host's local time must be known for {@link expiryFor}. */
export function needsLocalTime({ software }: Pick<Connection, 'software'>): boolean {
  const version = versionOf(software)
  return version >= EXPIRY_KNOWN && version < UTC_KNOWN
}

/** @throws {Refused} if it is not a POSIX system @throws {Lost} if it does not answer */
export async function readClock(
  connection: Connection,
  expiresAt: number,
  signal: AbortSignal,
): Promise<HostClock> {
  const mark = randomBytes(16).toString('hex')
  const year = new Date(expiresAt).getUTCFullYear()
  const times = [expiresAt, Date.UTC(year, 0, 1), Date.UTC(year, 6, 1)]
  const each = times.map(time => `z ${Math.floor(time / 1000)}`).join('; ')
  const program = [
    `echo ${mark}`,
    // GNU and BusyBox, or BSD
    'z() { date -d "@$1" +%z 2>/dev/null || date -r "$1" +%z; }',
    'u=; { IFS=" " read -r u r </proc/uptime; } 2>/dev/null',
    'echo "up $u"',
    // commands inherit TZ from sshd
    ...(needsLocalTime(connection) ? [each, 'unset TZ', 'echo', each] : []),
  ].join('; ')
  const { marked, stdout } = await runProgram(connection, { program, mark }, signal)
  if (!marked) throw new Refused('the host did not report its time')
  const [, seconds, hundredths] = /^up (\d{1,12})\.(\d\d)$/m.exec(stdout) ?? []
  return {
    uptime: seconds === undefined ? undefined : Number(`${seconds}${hundredths}`),
    offsets: stdout.split('\n\n').map(offsetsIn),
  }
}

const offsetsIn = (text: string): readonly number[] =>
  [...text.matchAll(/^([+-])(\d\d)(\d\d)$/gm)].map(
    ([, sign, hours, minutes]) => (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)),
  )

/** The option for a key that expires at `expiresAt`, milliseconds since 1970. */
export function expiryFor(
  software: string,
  expiresAt: number,
  { offsets }: Pick<HostClock, 'offsets'>,
): Expiry {
  const version = versionOf(software)
  if (version < EXPIRY_KNOWN) return { option: undefined, uncertain: false }
  // one second later than the lease
  const seconds = Math.ceil(expiresAt / 1000) + 1
  if (version >= UTC_KNOWN) return { option: `expiry-time="${digits(seconds)}Z"`, uncertain: false }
  const all = offsets.flat()
  if (all.length === 0) return { option: undefined, uncertain: false }
  // those versions read every time as standard time, and an ambiguous hour as the second of the two
  const option = `expiry-time="${digits(seconds + Math.min(...all) * 60)}"`
  const [own, machines] = offsets.map(each => Math.min(...each))
  return { option, uncertain: own !== machines }
}

const digits = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)

/** 902 for OpenSSH 9.2; 0 for another server. */
function versionOf(software: string): number {
  const [, major, minor] = /^OpenSSH_(\d+)\.(\d+)/.exec(software) ?? []
  return major === undefined ? 0 : Number(major) * 100 + Number(minor)
}
