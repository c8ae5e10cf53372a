import type { Asked } from './asked.ts'
import type { Attempt, Finding, Password, Register, Revocable } from './history.ts'

/** How many of each kind are looked at again after later disturbances. */
const REMEMBERED = 12

/** The driver's own book of what engines have acknowledged. It knows only what was sent and answered. */
export class Ledger {
  /** Of this round. */
  readonly passwords: Password[] = []
  /** From earlier rounds: some that are not used yet, and some that are. */
  readonly unused: Password[] = []
  readonly used: Password[] = []
  readonly revocables: Revocable[] = []
  readonly registers: Register[] = []
  readonly findings: Finding[] = []
  /** Whether commits without an answer may have been seen, and lost afterwards: see {@link judgePassword}. */
  isTakenBack = false
  /** Changes that were answered with success, and those that may have been made without an answer. */
  acknowledged = 0
  unknown = 0

  /** Notes a change that is being sent. {@link end} notes what came of it. */
  begin(): Attempt {
    const began = performance.now()
    return { began, ended: Number.POSITIVE_INFINITY, outcome: 'unknown' }
  }

  end(attempt: Attempt, answer: Asked): void {
    attempt.ended = performance.now()
    attempt.outcome = answer.outcome
    this.count(answer)
  }

  /** Counts a change of which nothing but its outcome is looked at later. */
  count({ outcome }: Asked): void {
    if (outcome === 'done') this.acknowledged++
    if (outcome === 'unknown') this.unknown++
  }

  find(findings: readonly Finding[], about: string): void {
    for (const { kind, what } of findings) this.findings.push({ kind, what: `${about}: ${what}` })
  }

  /** A request that can only succeed, or get no answer, was refused. */
  surprise({ status, body }: Asked, request: string): void {
    const what = `${status} ${JSON.stringify(body)}`
    this.findings.push({ kind: 'other', what: `${request}: ${what}` })
  }

  /** Begins a round: what was judged is forgotten, but for some of each kind. */
  forget(): void {
    this.passwords.length = 0
    for (const list of [this.used, this.unused, this.revocables, this.registers])
      list.splice(0, Math.max(0, list.length - REMEMBERED))
    this.acknowledged = 0
    this.unknown = 0
  }
}
