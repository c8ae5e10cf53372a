import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { StorageName } from './site.ts'

/** What one disturbance has led to: one line of the file with the results. */
export interface Result {
  readonly storage: StorageName
  readonly disturbance: string
  /** Commit of the source. */
  readonly commit: string
  /** Of the database, and of Node.js. */
  readonly versions: readonly string[]
  readonly acknowledged: number
  readonly lost: number
  readonly spentTwice: number
  /** Other findings. */
  readonly other: number
  readonly unknown: number
  /** Milliseconds until all nodes served again. */
  readonly served: number
}

/** Adds a line at once, so that nothing is lost with the run. */
export function keep(file: string, result: Result): void {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `${JSON.stringify(result)}\n`)
}

/** All that were kept; a line that was cut off is not one. */
export function keptIn(file: string): readonly Result[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split(/(?<=\n)/)
    .filter(line => line.endsWith('\n'))
    .map(line => JSON.parse(line) as Result)
}
