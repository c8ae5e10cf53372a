import { readFileSync } from 'node:fs'
import { Invalid } from '../../shared/invalid.ts'
import { reading } from '../../shared/reading.ts'
import { type BenchRow, costsFrom } from './costs.ts'
import { HELP, readFlags } from './flags.ts'
import { tablesOf } from './print.ts'
import { reportOf } from './report.ts'

try {
  const { assumed, format, costs, help } = readFlags(process.argv.slice(2))
  if (help) console.log(HELP)
  else {
    const report = reportOf(assumed, costsFrom(costs === undefined ? [] : rowsIn(costs)))
    if (format === 'json') console.log(JSON.stringify(report, undefined, 2))
    else console.log(Object.values(tablesOf(report)).join('\n\n'))
  }
} catch (error) {
  if (!(error instanceof Invalid)) throw error
  console.error(`simulate: ${error.message}`)
  process.exitCode = 1
}

/** The rows that the bench has written. @throws {Invalid} */
function rowsIn(file: string): readonly BenchRow[] {
  const text = reading(file, () => readFileSync(file, 'utf8'))
  try {
    const rows: unknown = JSON.parse(text)
    if (Array.isArray(rows)) return rows
  } catch {
    // said below
  }
  throw new Invalid(`${file} is not what "npm run bench -- -format=json" prints`)
}
