import { randomBytes } from 'node:crypto'
import { INSTALL_SCRIPT } from '../role/install-script.ts'
import { runnableScript } from '../role/runnable-script.ts'
import { shellText } from '../role/shell-text.ts'
import type { Ended } from './command.ts'
import type { Connection } from './connection.ts'
import { Lost, Refused } from './session-errors.ts'

/** One operation of a script on the keys of a user. */
export interface Job {
  readonly username: string
  readonly script: string
  /** The line of the key. */
  readonly line: string
  readonly operation: 'install' | 'uninstall' | 'list'
  /** Further arguments of the built-in script. */
  readonly more?: {
    /** The time after which it must not change anything, in hundredths of a second since the host's boot. */
    readonly deadline: number | undefined
    /** Only lines that end with this comment are removed. */
    readonly marker?: string
    /** Where the key was put, as the script reported it. */
    readonly places?: readonly string[]
  }
}

/** How a script ended, without output from before its start. */
export interface Ran extends Ended {
  /** A random prefix of what root's half of the built-in script prints, which the user's half cannot forge. */
  readonly secret: string
  /** Whether the script was started. */
  readonly begun: boolean
}

/** The exit code of the built-in script if it has changed nothing. */
const NOTHING_CHANGED = 3

/** Characters of a script's output that an error shows. */
const SHOWN = 400

/** Runs a script that must succeed. @throws {Refused} if it has changed nothing @throws {Lost} if that is not known */
export async function runScript(
  connection: Connection,
  job: Job,
  signal: AbortSignal,
): Promise<Ran> {
  const ran = await tryScript(connection, job, signal)
  const { code, begun } = ran
  if (code === 0 && begun) return ran
  const reason = `the script ${code === undefined ? 'was killed' : `ended with ${code}`}: ${saidBy(ran)}`
  // it was not started, or reports that it has changed nothing
  const untouched = !begun || (job.script === INSTALL_SCRIPT && code === NOTHING_CHANGED)
  throw untouched ? new Refused(reason) : new Lost(reason)
}

/**
 * Copies key and script to the admin user's home, and runs the script there. The only part of the command that comes from a request is
 * the user name, which is validated and quoted. Contract §3.3.
 * @throws {Refused} or {Lost} if the host does not report how it ended
 */
export async function tryScript(
  connection: Connection,
  job: Job,
  signal: AbortSignal,
): Promise<Ran> {
  const [file, secret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const script = runnableScript(job.script)
  const isBuiltIn = job.script === INSTALL_SCRIPT
  const program = [
    'umask 077; c=',
    `f=${file}`,
    `trap 'rm -f -- "$f" "$f.sh"' EXIT`,
    // the script runs in the background, so that this trap runs at once and not after the script
    `trap '[ -z "$c" ] || kill -TERM "$c" 2>/dev/null; exit 143' HUP INT TERM`,
    `{ ${TAKE_LINE}${isBuiltIn ? ` && ${TAKE_LINE}` : ''} && head -c ${Buffer.byteLength(script)} >"$f.sh" && chmod 700 "$f.sh"; } || exit 1`,
    ...(isBuiltIn ? builtIn(job) : own(job, script)),
    'wait "$c"',
  ].join('; ')
  const input = `${job.line}\n${isBuiltIn ? `${secret}\n` : ''}${script}`
  const ended = await runProgram(connection, { program, input, mark: file }, signal)
  return { ...ended, begun: ended.marked, secret }
}

/** Appends the next line of stdin to the key file. */
const TAKE_LINE = `IFS= read -r l && printf '%s\\n' "$l" >>"$f"`

/**
 * Runs a line of POSIX sh in the admin user's home, whatever shell that user has, with `input` on its stdin.
 * @param mark a line that it prints before the output that counts
 */
export const runProgram = (
  connection: Connection,
  {
    program,
    input = '',
    mark,
  }: { readonly program: string; readonly input?: string; readonly mark: string },
  signal: AbortSignal,
): Promise<Ended> =>
  connection.run(
    { command: READ_AND_RUN, input: `${program}\n${input}`, mark: `${mark}\n` },
    signal,
  )

/** Without an exclamation mark, which csh expands even in quotes. */
const READ_AND_RUN = `exec /bin/sh -c 'IFS= read -r c && eval "$c"'`

/** Passed to the shell as a file to read, since homes are often mounted noexec. */
const builtIn = ({ operation, username, more }: Job): readonly string[] => {
  const { deadline, marker = '', places = [] } = more ?? {}
  const words = [
    quoted(`${deadline ?? ''}`),
    '"$SSH_CONNECTION"',
    ...[marker, ...places].map(quoted),
  ]
  return [
    shellText(': "@{SSH_CONNECTION=}"'),
    'echo "$f"',
    `/bin/sh "./$f.sh" ${operation} "$f" ${pathOf(username)} ${words.join(' ')} </dev/null & c=$!`,
  ]
}

/** Checks first that the host can execute the script: otherwise it was not started. */
const own = ({ operation, username }: Job, script: string): readonly string[] => {
  const [, interpreter] = /^#![ \t]*(\S+)/.exec(script) ?? []
  const refusal = (why: string) => `{ echo ${quoted(why)} >&2; exit 1; }`
  return [
    `[ -x "./$f.sh" ] || ${refusal('files in the home of the admin user cannot be executed')}`,
    ...(interpreter
      ? [`[ -x ${quoted(interpreter)} ] || ${refusal(`there is no ${interpreter}`)}`]
      : []),
    'echo "$f"',
    `"./$f.sh" ${operation} "$f" ${pathOf(username)} </dev/null & c=$!`,
  ]
}

const pathOf = (username: string): string => quoted(`/home/${username}/.ssh/authorized_keys`)

/** Quotes a word for any shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** The output of the script, shortened: stderr, or stdout if that is empty. */
function saidBy({ stdout, stderr }: Ended): string {
  const text = (stderr.trim() || stdout.trim()).replace(/[^\x20-\x7e]+/g, ' ')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text || 'it says nothing'
}
