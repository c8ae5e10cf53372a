import { counted } from '../../shared/counted.ts'
import { type Result, worstOf } from './run-checks.ts'

/** One line for each check, in their order; the first failure is the cause of those behind it. */
export function textReport(results: readonly Result[]): string {
  const counts = Object.groupBy(results, ({ status }) => status)
  const count = (status: Result['status']) => counts[status]?.length ?? 0
  const summary = [
    `${count('ok')} ok`,
    counted(count('warning'), 'warning'),
    counted(count('failure'), 'failure'),
    `${count('skipped')} not tried`,
  ].join(', ')
  return [...results.map(line), '', summary].join('\n')
}

const WORDS = { ok: 'ok', warning: 'WARNING', failure: 'FAILURE', skipped: '-' } as const

function line(result: Result): string {
  const head = `${WORDS[result.status].padEnd(8)} ${result.name}`
  if (result.status === 'skipped') return `${head}: not tried, because of ${result.because}`
  return result.status === 'ok' ? head : `${head}: ${result.says}; run: ${result.mend}`
}

/** The same for programs. Names of checks, causes and keys are stable. */
export const jsonReport = (results: readonly Result[]): string =>
  JSON.stringify({ status: worstOf(results), checks: results }, undefined, 2)

/** Characters of a summary at the most: what the engine keeps of it. */
const LONGEST_SUMMARY = 200

/** What the engine is told, in printable ASCII: the worst first. */
export function summaryOf(results: readonly Result[]): string {
  const found = (['failure', 'warning'] as const).flatMap(status => {
    const names = results
      .filter(each => each.status === status)
      .map(each => ('cause' in each ? `${each.name}/${each.cause}` : each.name))
    return names.length > 0 ? [`${status}: ${names.join(', ')}`] : []
  })
  const text = found.join('; ') || 'ok'
  return text.length <= LONGEST_SUMMARY ? text : `${text.slice(0, LONGEST_SUMMARY - 3)}...`
}
