import { readFile, writeFile } from 'node:fs/promises'
import { withoutByteOrderMark } from '../../../shared/byte-order-mark.ts'
import { formatPolicy } from '../../policy/format-policy.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'

export const policyFmt = command({
  name: 'policy fmt',
  summary: 'Lay out the file of a policy',
  usage: 'FILE',
  text: `
Checks the file of a policy, and lays it out anew: two spaces for each level. No server is asked.

    $ postern policy fmt ops.hcl`,
  flags: {},
  arguments: [1, 1],
  local: true,
  async run({ args: [file = ''], print }) {
    try {
      await writeFile(file, formatPolicy(withoutByteOrderMark(await readFile(file, 'utf8'))))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new Failure(`Error formatting ${file}: ${error.message}`, EXIT.local, { cause: error })
    }
    print.line(`Success! Formatted policy: ${file}`)
    return EXIT.ok
  },
})
