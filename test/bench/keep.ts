import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { postgresProgram } from '../support/postgres-program.ts'
import { BAO } from './open-bao.ts'
import { readResults, writeResults } from './results.ts'
import { speedPage } from './speed-page.ts'
import type { Row } from './table.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Puts what was measured of a section into docs/speed.json, and writes docs/speed.md. */
export function keep(section: string, rows: readonly Row[]): void {
  const day = new Date().toISOString().slice(0, 10)
  const results = {
    ...readResults(),
    [section]: { day, commit: commit(), versions: versions(section), rows },
  }
  writeResults(results)
  writeFileSync(join(ROOT, 'docs/speed.md'), speedPage(results))
}

const commit = (): string => output('git', '-C', ROOT, 'rev-parse', '--short=8', 'HEAD')

/** What took part in it. */
function versions(section: string): string {
  return [
    `${availableParallelism()} cores`,
    `Node.js ${process.versions.node}`,
    ...(['pairs', 'nodes', 'storage'].includes(section) ? [database()] : []),
    ...(BAO !== undefined && ['pairs', 'certificates', 'command-line'].includes(section)
      ? [output(BAO, 'version').split(' (')[0] ?? '']
      : []),
  ].join(', ')
}

const database = (): string =>
  output(postgresProgram('postgres'), '--version').replace(/^\D+([\d.]+).*/, 'PostgreSQL $1')

const output = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8' }).trim()
