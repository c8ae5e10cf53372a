import { command } from '../command.ts'
import { during, EXIT } from '../failure.ts'
import { mountPath } from '../path.ts'

export const auditDisable = command({
  name: 'audit disable',
  summary: 'Disable an audit device',
  usage: '[options] PATH',
  text: `
Disables the audit device at a path. Its log files are kept. Its salt is deleted, so a new device at the same path produces different hashes.

    $ postern audit disable file/`,
  flags: {},
  arguments: [1, 1],
  names: { arguments: ['audit'] },
  async run({ args: [typed = ''], print, connect }) {
    const path = mountPath(typed)
    await during('Error disabling audit device', connect().delete(`sys/audit/${path.slice(0, -1)}`))
    print.line(`Success! Disabled audit device (if it was enabled) at: ${path}`)
    return EXIT.ok
  },
})
