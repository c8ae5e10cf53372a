import { visible } from '../../shared/visible.ts'
import { Refusal } from '../refusal.ts'

/** What became of a set-up. */
export type SetupResult =
  | 'unchanged'
  | 'would change'
  | 'set up'
  | 'waiting for confirmation'
  | 'confirmed'
  | 'undone'
  | 'rolled back'

/** Not a failure, but an end with an exit code of its own. */
export class SetupOutcome extends Refusal {
  readonly result: SetupResult
  /** What is printed in place of an error. */
  readonly text: string

  constructor(exit: 'stack' | 'waiting', result: SetupResult, text: string) {
    super(exit, result)
    this.result = result
    this.text = text
  }
}

/** Tells what a set-up does: line by line as it happens, or as one JSON object at the end. */
export class SetupReport {
  readonly #json: boolean
  readonly #changes: { readonly file: string; readonly diff: string }[] = []
  readonly #checks: string[] = []
  readonly #warnings: string[] = []

  constructor(format: string) {
    if (format !== 'text' && format !== 'json')
      throw new Refusal('usage', `-format is text or json, not "${format}"`)
    this.#json = format === 'json'
  }

  change(file: string, diff: string): void {
    this.#changes.push({ file, diff })
    this.#print(diff.trimEnd())
  }

  /** A file that is as it was before this run. */
  restored(file: string): void {
    this.#changes.push({ file, diff: '' })
    this.#print(`restored: ${file}`)
  }

  /** Something that was looked at, and is well. */
  check(text: string): void {
    this.#checks.push(text)
    this.#print(`checked: ${text}`)
  }

  warn(text: string): void {
    this.#warnings.push(text)
    this.#print(`note: ${text}`)
  }

  /** Progress, which JSON does not have. */
  step(text: string): void {
    this.#print(text)
  }

  /** What the command prints at its end. */
  end(result: SetupResult, text: string): string {
    return this.#json ? this.#object({ result }) : text
  }

  /** The same where the command fails, or ends with another exit code than 0. */
  fail(error: unknown): void {
    if (error instanceof SetupOutcome) {
      process.stdout.write(visible(`${this.end(error.result, error.text)}\n`))
      return
    }
    const { exit = 'bug', message } =
      error instanceof Refusal ? error : new Refusal('bug', String(error))
    if (this.#json)
      process.stdout.write(visible(`${this.#object({ error: { reason: exit, message } })}\n`))
  }

  #object(outcome: object): string {
    return JSON.stringify({
      ...outcome,
      changes: this.#changes,
      checks: this.#checks,
      warnings: this.#warnings,
    })
  }

  #print(text: string): void {
    if (!this.#json && text !== '') process.stdout.write(visible(`${text}\n`))
  }
}
