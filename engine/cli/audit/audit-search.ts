import { rawLines } from '../../audit/raw-lines.ts'
import { Verifier } from '../../audit/verify.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { auditFilter, FILTER } from './audit-filter.ts'
import { auditLine } from './audit-line.ts'
import { auditHeader, auditRow } from './audit-row.ts'
import { requireReadable } from './require-readable.ts'
import { Unchained } from './unchained.ts'
import { unreadable } from './unreadable.ts'

export const auditSearch = command({
  name: 'audit search',
  summary: 'Search audit logs',
  usage: '[options] FILE...',
  text: `
Prints the lines of audit logs that match all given flags, one for each response of the server: the client, the request and the outcome.
Files that end in .gz are decompressed. With -format=json, lines are printed unchanged. Requires no server.

Lines outside the hash chain of the log are left out, and a broken chain is reported. Only "postern audit verify" can show that a log is
unchanged.

Logins to a host as root since yesterday:

    $ postern audit search -user=root -address=10.1.2.3 -since=24h audit.log*

Failed verifications by a host:

    $ postern audit search -client=10.1.2.3 -outcome=failed -path=ssh/verify audit.log`,
  flags: FILTER,
  arguments: [1, Number.POSITIVE_INFINITY],
  prints: 'format',
  local: true,
  async run({ args, flags, print }) {
    if (print.format !== 'table' && print.format !== 'json')
      throw new Failure('-format must be "table" or "json" for audit logs')
    const wanted = auditFilter(flags, new Date())
    for (const file of args) await requireReadable(file)
    if (print.format === 'table') print.line(auditHeader())
    const unchained = new Unchained(flags.unchained)
    for (const file of args)
      try {
        const verifier = new Verifier(undefined)
        for await (const raw of rawLines(file)) {
          verifier.take(raw)
          const mark = unchained.mark(raw.bytes)
          if (mark === undefined) continue
          const text = raw.bytes.toString().trimEnd()
          const line = auditLine(text)
          if (line && wanted(line))
            print.line(print.format === 'json' ? text : auditRow(line) + mark)
        }
        verifier.end()
        if (verifier.lines > 0 && verifier.problems.length > 0)
          print.note(`${file} has been changed: run "postern audit verify" for details`)
      } catch (error) {
        throw unreadable(file, error)
      }
    if (unchained.note) print.note(unchained.note)
    return EXIT.ok
  },
})
