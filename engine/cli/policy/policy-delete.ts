import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'

export const policyDelete = command({
  name: 'policy delete',
  summary: 'Delete a policy',
  usage: '[options] NAME',
  text: `
Deletes a policy. Tokens that have it lose the capabilities it granted, from the next request on.

    $ postern policy delete ops`,
  flags: {},
  arguments: [1, 1],
  names: { arguments: ['policy'] },
  async run({ args: [typed = ''], print, connect }) {
    const name = typed.trim().toLowerCase()
    await during(`Error deleting ${name}`, connect().delete(`sys/policies/acl/${name}`))
    print.line(`Success! Deleted policy: ${name}`)
    return EXIT.ok
  },
})
