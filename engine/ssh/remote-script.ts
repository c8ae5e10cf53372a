import { randomBytes } from 'node:crypto'
import type { Connection, Ended } from './dynamic.ts'
import { INSTALL_SCRIPT } from './install-script.ts'
import { Lost, Refused } from './session-errors.ts'

/** What a script is to do with the keys of a user. */
export interface Job {
  readonly username: string
  readonly script: string
  /** The line of the key. */
  readonly line: string
  readonly operation: 'install' | 'uninstall' | 'list'
}

/** How a script ended, without what was printed before it. */
export interface Ran extends Ended {
  /** Whether it has begun. */
  readonly begun: boolean
}

/** What the built-in script ends with when it has changed nothing. */
const NOTHING_CHANGED = 3

/** Characters of a script's own words that an error shows. */
const SHOWN = 400

/** Runs a script that must succeed. @throws {Refused} if it has changed nothing @throws {Lost} if nobody knows */
export async function runScript(
  connection: Connection,
  job: Job,
  signal: AbortSignal,
): Promise<Ran> {
  const ran = await tryScript(connection, job, signal)
  const { code, begun } = ran
  if (code === 0 && begun) return ran
  const reason = `the script ${code === undefined ? 'was killed' : `ended with ${code}`}: ${saidBy(ran)}`
  // it has not begun, or says itself that nothing was changed
  const untouched = !begun || (job.script === INSTALL_SCRIPT && code === NOTHING_CHANGED)
  throw untouched ? new Refused(reason) : new Lost(reason)
}

/**
 * Brings key and script to the admin user's home, and runs the script there. No part of the command comes from a request but the user
 * name, which is a strict name and quoted besides. Contract §3.3.
 * @throws {Refused} or {Lost} if the host does not say how it ended
 */
export async function tryScript(
  connection: Connection,
  job: Job,
  signal: AbortSignal,
): Promise<Ran> {
  const file = randomBytes(32).toString('hex')
  const path = `/home/${job.username}/.ssh/authorized_keys`
  const script = runnable(job.script)
  const words = [job.operation, file, path, `${Buffer.byteLength(script)}`].map(quoted).join(' ')
  const command = `exec /bin/sh -c ${quoted(BRING_AND_RUN)} sh ${words}`
  const ended = await connection.run(command, `${job.line}\n${script}`, signal)
  const { stdout } = ended
  const at = stdout.indexOf(`${file}\n`)
  return { ...ended, begun: at >= 0, stdout: at < 0 ? stdout : stdout.slice(at + file.length + 1) }
}

/**
 * A script of an administrator's as it must be for its first line to count: Vault's own began with an empty one, and an editor on another
 * system ends lines in its own way. What stands in the role stays as it was written.
 */
const runnable = (script: string): string =>
  script.replaceAll('\r\n', '\n').replace(/^[ \t\n]*(?=#!)/, '')

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
