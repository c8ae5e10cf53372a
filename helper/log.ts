import { randomBytes } from 'node:crypto'
import { fstatSync, writeSync } from 'node:fs'
import type { Secret } from '../shared/secret.ts'
import { appendLine } from './log-file.ts'
import { type Facts, lineOf } from './log-line.ts'
import { toSyslog } from './syslog.ts'

/**
 * The one log line of a login. It is written to a file or else to syslog, and to stderr, which pam_exec's option log may keep. A log that cannot be written changes no
 * decision, and nothing here blocks.
 */
export class Log {
  /** An id of the login, which the engine and the user get, too. */
  readonly correlation = randomBytes(16).toString('hex')
  #facts: Facts = { correlation: this.correlation }
  #file: string | undefined
  #placed = false
  #hidden: RegExp | undefined

  /** Adds fields to the line. */
  note(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  /** Whether the configuration has been applied. */
  get placed(): boolean {
    return this.#placed
  }

  /** Writes to this file instead of syslog. */
  toFile(path: string | undefined): void {
    this.#file = path
    this.#placed = true
  }

  /** Keeps the password out of the line, also if the engine repeats it. */
  hide(otp: Secret): void {
    // letters, digits and hyphens need no escaping
    this.#hidden = new RegExp(otp.reveal(), 'gi')
  }

  write(outcome: Facts): void {
    const facts = this.#clean({ ...outcome, ...this.#facts })
    const problems: string[] = []
    if (this.#file !== undefined) {
      const problem = appendLine(this.#file, lineOf(facts))
      if (problem !== undefined) problems.push(problem)
    }
    if (this.#file === undefined || problems.length > 0) {
      const problem = toSyslog(lineOf({ ...facts, log_problem: problems[0] }))
      if (problem !== undefined) problems.push(problem)
    }
    const lines = problems.map(problem => `postern-helper: ${lineOf({ log_problem: problem })}\n`)
    toStderr(`${lineOf(facts)}\n${lines.join('')}`)
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

function toStderr(text: string): void {
  try {
    // the user may see what is not a file
    if (fstatSync(2).isFile()) writeSync(2, text)
  } catch {
    // closed or full: there is nowhere else to report it
  }
}
