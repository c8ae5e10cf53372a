import { visible } from '../../../shared/visible.ts'
import type { AuditLine } from './audit-line.ts'

/** Widths of the columns; what is longer moves the rest. Rows are shown as they come, so nothing can be measured first. */
const WIDTHS = [24, 15, 16, 9, 26, 30] as const
const HEADERS = ['Time', 'Client', 'By', 'Operation', 'Path', 'Login', 'Outcome'] as const

/** A line of an audit log for people. */
export const auditRow = (line: AuditLine): string =>
  row([line.time, line.client, line.by, line.operation, line.path, loginOf(line), outcomeOf(line)])

/** What stands above the rows. */
export const auditHeader = (): string =>
  `${row(HEADERS)}\n${row(HEADERS.map(text => '-'.repeat(text.length)))}`

const row = (cells: readonly string[]) =>
  cells
    .map((cell, at) => padded(visible(cell.trim()) || '-', WIDTHS[at] ?? 0))
    .join('  ')
    .trimEnd()

const padded = (text: string, width: number) =>
  text + ' '.repeat(Math.max(0, width - [...text].length))

function loginOf({ role, user, address }: AuditLine): string {
  const target = user || address ? `${user || '?'}@${address || '?'}` : ''
  return [role, target].filter(Boolean).join(' ')
}

const outcomeOf = ({ outcome, reason }: AuditLine) => (reason ? `${outcome}: ${reason}` : outcome)
