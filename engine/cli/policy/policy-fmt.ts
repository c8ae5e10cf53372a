import { readFile, writeFile } from 'node:fs/promises'
import { withoutByteOrderMark } from '../../../shared/byte-order-mark.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { formatPolicy } from '../../policy/format-policy.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'

export const policyFmt = command({
  name: 'policy fmt',
  summary: 'Format a policy file',
  usage: 'FILE',
  text: `
Parses a policy file and rewrites it in place with a uniform layout, indented by two spaces. Requires no server.

    $ postern policy fmt ops.hcl`,
  flags: {},
  arguments: [1, 1],
  local: true,
  async run({ args: [file = ''], print }) {
    try {
      await writeFile(file, formatPolicy(withoutByteOrderMark(await readFile(file, 'utf8'))))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new Failure(`Error formatting ${file}: ${systemReason(error)}`, EXIT.local, {
        cause: error,
      })
    }
    print.line(`Success! Formatted policy: ${file}`)
    return EXIT.ok
  },
})
