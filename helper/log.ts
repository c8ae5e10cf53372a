import { closeSync, constants, existsSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { Secret } from '../shared/secret.ts'

/** What a line says, in this order. */
export type Facts = Readonly<Record<string, string | number | undefined>>

/** The most characters of one value: names of users are anybody's choice. */
const LONGEST = 256

/** util-linux's, with its path, since there is no PATH. */
const LOGGER = '/usr/bin/logger'

/**
 * The one line that a login leaves, gathered while it is decided. It goes to stderr, and to a file or else to syslog. A log that
 * cannot be written changes no decision, and nothing here waits for anybody.
 */
export class Log {
  #facts: Facts = {}
  #file: string | undefined
  #hidden: RegExp | undefined

  /** Adds to the line. */
  note(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  /** Writes to this file in place of syslog. */
  toFile(path: string | undefined): void {
    this.#file = path
  }

  /** Keeps the password out of the line, even if the engine says it back. */
  hide(otp: Secret): void {
    // hexadecimal and dashes: nothing that an expression would read in another way
    this.#hidden = new RegExp(otp.reveal(), 'gi')
  }

  write(outcome: Facts): void {
    const line = `${lineOf(this.#clean({ ...outcome, ...this.#facts }))}\n`
    const problem = this.#file === undefined ? toSyslog(line) : toFile(this.#file, line)
    toStderr(problem === undefined ? line : `${line}postern-helper: ${problem}\n`)
  }

  #clean(facts: Facts): Facts {
    const hidden = this.#hidden
    if (hidden === undefined) return facts
    const clean = Object.entries(facts).map(
      ([key, value]) =>
        [key, typeof value === 'string' ? value.replace(hidden, '[secret]') : value] as const,
    )
    return Object.fromEntries(clean)
  }
}

/** `key=value` pairs; every value but plain words is a JSON string, in ASCII, so that no value can look like two. */
export const lineOf = (facts: Facts): string =>
  Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${printable(String(value))}`)
    .join(' ')

function printable(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  if (/^[\w.:/@+-]+$/.test(cut)) return cut
  return JSON.stringify(cut).replace(
    /[^\x20-\x7e]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function toStderr(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // closed, or full: there is nobody left to tell
  }
}

/** Appends to a file that only root reads. What stands in its place must be a regular file: no link, no pipe that would block. */
function toFile(path: string, line: string): string | undefined {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    try {
      if (!fstatSync(file).isFile()) return `${path} is not a regular file`
      writeSync(file, line)
      return undefined
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return `the log ${path} cannot be written: ${(error as NodeJS.ErrnoException).code}`
  }
}

/** Hands the line to a program that goes on when this one has ended: Node itself does not speak syslog's kind of socket. */
function toSyslog(line: string): string | undefined {
  if (!existsSync(LOGGER)) return `${LOGGER} is not there`
  // loaded only here, since most of the time of a login goes into loading
  const { spawn } = process.getBuiltinModule('node:child_process')
  const { stdin, pid } = spawn(LOGGER, ['-t', 'postern-helper', '-p', 'authpriv.info'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    cwd: '/',
    detached: true,
  }).on('error', () => {})
  // a line is shorter than what a pipe takes at once
  stdin.on('error', () => {}).end(line)
  return pid === undefined ? `${LOGGER} cannot be started` : undefined
}
