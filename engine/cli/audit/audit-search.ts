import { integer, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { auditFilter, FILTER } from './audit-filter.ts'
import { searchDevice } from './search-device.ts'
import { searchFiles } from './search-files.ts'

export const auditSearch = command({
  name: 'audit search',
  summary: 'Search audit logs',
  usage: '[options] FILE... | -device=DEVICE',
  text: `
Prints the lines of audit logs that match all given flags, one for each response of the server: the client, the request and the outcome.
Files that end in .gz are decompressed. With -format=json, lines are printed unchanged. Requires no server.

Lines outside the hash chain of the log are left out, and a broken chain is reported. Only "postern audit verify" can show that a log is
unchanged.

Logins to a host as root since yesterday:

    $ postern audit search -user=root -address=10.1.2.3 -since=24h audit.log*

Failed verifications by a host:

    $ postern audit search -client=10.1.2.3 -outcome=failed -path=ssh/verify audit.log

With -device, the server searches the file that it writes to an audit device, the newest lines first, and says up to which line the file is
unchanged. Rotated files, and those of other nodes and workers, are not searched. The server is that of POSTERN_ADDR or VAULT_ADDR: -address
is the address of a host here.

    $ postern audit search -device=file -failed -since=1h

Who used a token, which the log has only as a hash:

    $ postern audit search -device=file -value=- < token`,
  flags: {
    device: string({ description: 'Audit device of the server, in place of files.' }),
    limit: integer({
      description: 'With -device, the most lines to print; 0 for all. The default is 100.',
      default: 100,
    }),
    value: string({
      description:
        'With -device, "-" for a value on standard input that the log has hashed, such as a token.',
    }),
    ...FILTER,
  },
  arguments: [0, Number.POSITIVE_INFINITY],
  names: { flags: { device: 'audit' } },
  prints: 'format',
  local: true,
  async run(call) {
    const { args, flags, print } = call
    if (print.format !== 'table' && print.format !== 'json')
      throw new Failure('-format must be "table" or "json" for audit logs')
    if ((flags.device === undefined) === (args.length === 0))
      throw new Failure('Give either files, or -device for the log of a server')
    const wanted = auditFilter(flags, new Date())
    if (flags.device !== undefined) await searchDevice(call, flags.device)
    else if (flags.value !== undefined)
      throw new Failure('-value needs -device: only the server can hash it as the log does')
    else await searchFiles(args, { wanted, flags, print })
    return EXIT.ok
  },
})
