import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { textsOf } from '../print-init.ts'

export const policyList = command({
  name: 'policy list',
  summary: 'List policies',
  usage: '[options]',
  text: `
Lists the names of all policies.

    $ postern policy list`,
  flags: {},
  arguments: [0, 0],
  prints: 'format',
  async run({ print, connect }) {
    const envelope = await during('Error listing policies', connect().list('sys/policies/acl'))
    const keys = envelope?.data?.keys
    const names = textsOf(keys)
    if (print.format === 'table') for (const name of names) print.line(name)
    else await print.rows(names, [], [])
    return EXIT.ok
  },
})
