import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { valueText } from '../value-text.ts'

export const policyRead = command({
  name: 'policy read',
  summary: 'Print a policy',
  usage: '[options] NAME',
  text: `
Prints the text of a policy.

    $ postern policy read default`,
  flags: {},
  arguments: [1, 1],
  names: { arguments: ['policy'] },
  prints: 'format',
  async run({ args: [typed = ''], print, connect }) {
    const name = typed.trim().toLowerCase()
    const path = `sys/policies/acl/${name}`
    const envelope = await during(`Error reading policy named ${name}`, connect().read(path))
    if (!envelope) throw new Failure(`No policy named: ${name}`, EXIT.server)
    const policy = valueText(envelope.data?.policy ?? '')
    if (print.format === 'table') print.line(policy.trim())
    else await print.rows({ policy }, [], [])
    return EXIT.ok
  },
})
