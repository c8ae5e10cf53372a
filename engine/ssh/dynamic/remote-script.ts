import { randomBytes } from 'node:crypto'
import { INSTALL_SCRIPT } from '../role/install-script.ts'
import { runnableScript } from '../role/runnable-script.ts'
import { shellText } from '../role/shell-text.ts'
import type { Ended } from './command.ts'
import type { Connection } from './connection.ts'
import { Lost, Refused } from './session-errors.ts'

/** What a script is to do with the keys of a user. */
export interface Job {
  readonly username: string
  readonly script: string
  /** The line of the key. */
  readonly line: string
  readonly operation: 'install' | 'uninstall' | 'list'
  /** What the built-in script is told besides. */
  readonly more?: {
    /** Until when it may change anything, in hundredths of a second since the host's boot. */
    readonly deadline: number | undefined
    /** Only lines that end with this comment are taken out. */
    readonly marker?: string
    /** Where the key was put, as the script has said it. */
    readonly places?: readonly string[]
  }
}

/** How a script ended, without what was printed before it. */
export interface Ran extends Ended {
  /** The word before what root's half of the built-in script prints, and only that: the other half runs as the user. */
  readonly secret: string
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
  const [file, secret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const script = runnableScript(job.script)
  const isBuiltIn = job.script === INSTALL_SCRIPT
  const program = [
    'umask 077; c=',
    `f=${file}`,
    `trap 'rm -f -- "$f" "$f.sh"' EXIT`,
    // at once, for what has been closed can end before a script that is waited for
    `trap '[ -z "$c" ] || kill -TERM "$c" 2>/dev/null; exit 143' HUP INT TERM`,
    `{ ${TAKE_LINE}${isBuiltIn ? ` && ${TAKE_LINE}` : ''} && head -c ${Buffer.byteLength(script)} >"$f.sh" && chmod 700 "$f.sh"; } || exit 1`,
    ...(isBuiltIn ? builtIn(job) : own(job, script)),
    'wait "$c"',
  ].join('; ')
  const input = `${job.line}\n${isBuiltIn ? `${secret}\n` : ''}${script}`
  const ended = await runProgram(connection, { program, input, mark: file }, signal)
  return { ...ended, begun: ended.marked, secret }
}

/** Takes the next line of what comes over into the file of the key. */
const TAKE_LINE = `IFS= read -r l && printf '%s\\n' "$l" >>"$f"`

/**
 * Runs a line of POSIX sh in the admin user's home, whatever shell that user has, with `input` behind it on its stdin.
 * @param mark what it prints as a line before all that is wanted of it
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

/** It has no exclamation mark, for shells that take one for an event even in quotes. */
const READ_AND_RUN = `exec /bin/sh -c 'IFS= read -r c && eval "$c"'`

/** It is read by the shell and not executed: homes are often mounted so that nothing in them can be. */
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

/** One that the host cannot execute has not begun. */
const own = ({ operation, username }: Job, script: string): readonly string[] => {
  const [, interpreter] = /^#![ \t]*(\S+)/.exec(script) ?? []
  const refusal = (why: string) => `{ echo ${quoted(why)} >&2; exit 1; }`
  return [
    `[ -x "./$f.sh" ] || ${refusal('nothing can be executed in the home of the admin user')}`,
    ...(interpreter
      ? [`[ -x ${quoted(interpreter)} ] || ${refusal(`there is no ${interpreter}`)}`]
      : []),
    'echo "$f"',
    `"./$f.sh" ${operation} "$f" ${pathOf(username)} </dev/null & c=$!`,
  ]
}

const pathOf = (username: string): string => quoted(`/home/${username}/.ssh/authorized_keys`)

/** A word for any shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** What the script says, for people: stderr if there is any. */
function saidBy({ stdout, stderr }: Ended): string {
  const text = (stderr.trim() || stdout.trim()).replace(/[^\x20-\x7e]+/g, ' ')
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text || 'it says nothing'
}
