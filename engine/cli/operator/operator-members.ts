import { command } from '../command.ts'
import { isList, isObject } from '../envelope.ts'
import { EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'

export const operatorMembers = command({
  name: 'operator members',
  summary: 'List the nodes of the cluster',
  usage: '[options]',
  text: `
Lists the nodes that serve the same storage, as the one that answers knows them. All of them are active.

    $ postern operator members

For a program:

    $ postern operator members -format=json`,
  flags: {},
  arguments: [0, 0],
  prints: 'format',
  async run({ print, connect }) {
    const data = await dataOf('Error reading the members', connect().read('sys/ha-status'))
    const nodes = data.nodes ?? []
    const rows = (isList(nodes) ? nodes.filter(isObject) : []).map(node =>
      COLUMNS.map(([, field]) => valueText(node[field] ?? '')),
    )
    await print.rows(
      { Nodes: nodes },
      COLUMNS.map(([heading]) => heading),
      rows,
    )
    return EXIT.ok
  },
})

const COLUMNS = [
  ['Host Name', 'hostname'],
  ['API Address', 'api_address'],
  ['Cluster Address', 'cluster_address'],
  ['Active Node', 'active_node'],
  ['Version', 'version'],
  ['Upgrade Version', 'upgrade_version'],
  ['Last Echo', 'last_echo'],
] as const
