import { boolean, string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { parseData } from '../data.ts'
import { during, EXIT } from '../failure.ts'
import { mountPath } from '../path.ts'
import { stdinOf } from '../stdin.ts'

export const auditEnable = command({
  name: 'audit enable',
  summary: 'Enable an audit device',
  usage: '[options] TYPE [K=V...]',
  text: `
Enables an audit device, which logs every request and response. -path sets where; the default is the type. From then on the server refuses
requests that it cannot log: if no device accepts a line, they fail.

A file in an existing directory. If it is moved away, a new one is created:

    $ postern audit enable file file_path=/var/log/postern/audit.log

A second one, which syncs every line to disk:

    $ postern audit enable -path=slow file file_path=/srv/audit.log sync=true

A socket, and syslog over TCP:

    $ postern audit enable socket address=10.0.0.5:9000 socket_type=tcp
    $ postern audit enable syslog address=127.0.0.1:514 facility=AUTH tag=postern`,
  flags: {
    path: string({ description: 'Path to enable it at. The default is its type.' }),
    description: string({ description: 'Description of the audit device.', default: '' }),
    local: boolean({
      description: 'Accepted for compatibility with Vault; has no effect.',
      default: false,
    }),
  },
  arguments: [1, Number.POSITIVE_INFINITY],
  async run({ args: [typed = '', ...pairs], flags, print, connect, ...call }) {
    const type = typed.trim()
    const path = mountPath(flags.path ?? type)
    const options = await parseData(pairs, stdinOf(call))
    const { description, local } = flags
    const body = { type, description, options, local }
    await during(
      'Error enabling audit device',
      connect().write(`sys/audit/${path.slice(0, -1)}`, body),
    )
    print.line(`Success! Enabled the ${type} audit device at: ${path}`)
    return EXIT.ok
  },
})
