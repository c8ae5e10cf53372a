import type { Context } from './context.ts'

/** How bad a finding is: a login works with a warning, and does not with a failure, or can be bypassed. */
export type Level = 'warning' | 'failure'

/** What a check has found. */
export interface Finding<Cause extends string = string> {
  readonly level: Level
  /** Stable, for programs. */
  readonly cause: Cause
  /** What is so on this host, in one sentence. */
  readonly says: string
  /** A shell command that mends it; what follows a `#` in it says what an administrator must fill in. */
  readonly mend: string
  /** Whether `-fix` may run the command: it changes modes, directories of the helper or timers, never PAM or sshd. */
  readonly safe?: true
}

/** One thing that a login needs. */
export interface Check<Cause extends string = string> {
  /** Stable, for programs. */
  readonly name: string
  /** What it looks at. */
  readonly text: string
  /** Checks whose failure causes this one to fail, too: it is then not tried. */
  readonly dependsOn: readonly string[]
  /** What it can find, and what that does to logins. */
  readonly causes: Readonly<Record<Cause, string>>
  readonly run: (context: Context) => Outcome<Cause> | Promise<Outcome<Cause>>
}

/** The most serious finding, or none. */
export type Outcome<Cause extends string> = Finding<Cause> | undefined

/** Declares a check: its findings have no cause that it does not name. */
export const check = <Cause extends string>(declared: Check<Cause>): Check<Cause> => declared
