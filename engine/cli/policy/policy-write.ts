import { text } from 'node:stream/consumers'
import { withoutByteOrderMark } from '../../../shared/byte-order-mark.ts'
import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { stdinOf } from '../stdin.ts'
import { readPolicyFile } from './policy-file.ts'

export const policyWrite = command({
  name: 'policy write',
  summary: 'Create or replace a policy',
  usage: '[options] NAME FILE',
  text: `
Uploads a policy from a file, replacing an existing policy of that name. It takes effect with the next request.

    $ postern policy write ops ops.hcl

From standard input:

    $ make-policy | postern policy write ops -`,
  flags: {},
  arguments: [2, 2],
  names: { arguments: ['policy'] },
  async run({ args: [name = '', file = ''], print, connect, ...call }) {
    const policy = file === '-' ? await text(stdinOf(call)()) : await readPolicyFile(file)
    const path = `sys/policies/acl/${name.trim().toLowerCase()}`
    await during(
      'Error uploading policy',
      connect().write(path, { policy: withoutByteOrderMark(policy) }),
    )
    print.line(`Success! Uploaded policy: ${name.trim().toLowerCase()}`)
    return EXIT.ok
  },
})
