import { boolean, integer } from '../../../shared/field.ts'
import { auditLine } from '../../audit/search/audit-line.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { auditFilter, FILTER } from './audit-filter.ts'
import { auditHeader, auditRow } from './audit-row.ts'
import { followedLines } from './followed-lines.ts'
import { requireReadable } from './require-readable.ts'
import { Unchained } from './unchained.ts'
import { unreadable } from './unreadable.ts'

export const auditTail = command({
  name: 'audit tail',
  summary: 'Show the end of an audit log',
  usage: '[options] FILE',
  text: `
Prints the last lines of an audit log: the client, the request and the outcome. With -format=json, lines are printed unchanged. Requires no
server.

    $ postern audit tail /var/log/postern/audit.log

Follow failed requests:

    $ postern audit tail -f -outcome=failed /var/log/postern/audit.log`,
  flags: {
    follow: boolean({ description: 'Keep printing new lines until interrupted.', default: false }),
    lines: integer({
      description: 'Number of rows to print from the end of the log. The default is 40.',
      default: 40,
    }),
    ...FILTER,
  },
  aliases: { f: 'follow', n: 'lines' },
  arguments: [1, 1],
  prints: 'format',
  local: true,
  async run({ args: [file = ''], flags, print }) {
    if (print.format !== 'table' && print.format !== 'json')
      throw new Failure('-format must be "table" or "json" for audit logs')
    const wanted = auditFilter(flags, new Date())
    await requireReadable(file)
    if (print.format === 'table') print.line(auditHeader())
    let isNoted = false
    let unchained = new Unchained(flags.unchained)
    const { follow, lines: count } = flags
    if (count < 0) throw new Failure('-lines cannot be negative')
    const begin = () => {
      unchained = new Unchained(flags.unchained)
      return (text: string) => {
        const mark = unchained.mark(Buffer.from(`${text}\n`))
        if (follow && !isNoted && unchained.count > 0) {
          isNoted = true
          print.note(unchained.note)
        }
        const line = mark === undefined ? undefined : auditLine(text)
        if (!line || !wanted(line)) return undefined
        return print.format === 'json' ? text : auditRow(line) + mark
      }
    }
    try {
      for await (const row of followedLines(file, { follow, count, begin })) print.line(row)
    } catch (error) {
      throw unreadable(file, error)
    }
    if (unchained.note && !follow) print.note(unchained.note)
    return EXIT.ok
  },
})
