import { rawLines } from '../../audit/raw-lines.ts'
import { type AuditLine, auditLine } from '../../audit/search/audit-line.ts'
import { Verifier } from '../../audit/verify.ts'
import type { Printer } from '../print.ts'
import { auditHeader, auditRow } from './audit-row.ts'
import { requireReadable } from './require-readable.ts'
import { Unchained } from './unchained.ts'
import { unreadable } from './unreadable.ts'

interface FileSearch {
  readonly wanted: (line: AuditLine) => boolean
  readonly flags: { readonly unchained: boolean }
  readonly print: Printer
}

/** Prints the lines of files that are wanted, and notes about what is wrong with the files. @throws {Failure} if one cannot be read */
export async function searchFiles(
  files: readonly string[],
  { wanted, flags, print }: FileSearch,
): Promise<void> {
  for (const file of files) await requireReadable(file)
  if (print.format === 'table') print.line(auditHeader())
  const unchained = new Unchained(flags.unchained)
  for (const file of files)
    try {
      const verifier = new Verifier(undefined)
      for await (const raw of rawLines(file)) {
        verifier.take(raw)
        const mark = unchained.mark(raw.bytes)
        if (mark === undefined) continue
        const text = raw.bytes.toString().trimEnd()
        const line = auditLine(text)
        if (line && wanted(line)) print.line(print.format === 'json' ? text : auditRow(line) + mark)
      }
      verifier.end()
      if (verifier.lines > 0 && verifier.problems.length > 0)
        print.note(`${file} has been changed: run "postern audit verify" for details`)
    } catch (error) {
      throw unreadable(file, error)
    }
  if (unchained.note) print.note(unchained.note)
}
