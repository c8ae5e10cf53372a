import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './table.ts'

/** What docs/speed.md shows; docs/speed.json. */
export type Results = Readonly<Record<string, SectionResult>>

/** The last run of one section of the bench that was kept. */
export interface SectionResult {
  /** The day, as 2026-01-31. */
  readonly day: string
  /** Of the source that was measured. */
  readonly commit: string
  /** Node.js, the machine and, where they were run, the rivals. */
  readonly versions: string
  readonly rows: readonly Row[]
}

const FILE = join(import.meta.dirname, '../../docs/speed.json')

export const readResults = (): Results => JSON.parse(readFileSync(FILE, 'utf8')) as Results

export function writeResults(results: Results): void {
  writeFileSync(FILE, `${JSON.stringify(results, undefined, 2)}\n`)
}
