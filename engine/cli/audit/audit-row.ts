import { visible } from '../../../shared/visible.ts'
import type { AuditLine } from '../../audit/search/audit-line.ts'

/** Widths of the columns; a longer cell shifts the rest. They are fixed because rows are printed as they arrive. */
const WIDTHS = [24, 15, 16, 9, 26, 30] as const
const HEADERS = ['Time', 'Client', 'By', 'Operation', 'Path', 'Login', 'Outcome'] as const

/** An audit line as a row of a table. */
export const auditRow = (line: AuditLine): string =>
  row([line.time, line.client, line.by, line.operation, line.path, loginOf(line), outcomeOf(line)])

/** The header of the table, underlined. */
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
