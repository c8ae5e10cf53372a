import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'

export const certsShow = command({
  name: 'certs show',
  summary: 'Show a certificate that was signed',
  usage: '[options] SERIAL',
  text: `
Prints what a certificate is for, who requested it, and its state. SERIAL is the serial number in hexadecimal, or in decimal as sshd logs it. For a certificate that you have requested yourself you need no policy.

    $ postern certs show 4d5eed31568d74fa

Its state alone: not yet valid, valid, expired or revoked:

    $ postern certs show -field=state 4d5eed31568d74fa`,
  flags: MOUNT,
  aliases: MOUNT_ALIAS,
  names: { flags: { mount: 'mount' } },
  arguments: [1, 1],
  prints: 'field',
  async run({ args: [typed = ''], flags: { mount }, print, connect }) {
    const serial = typed.trim()
    const path = `${trimPath(mount)}/certs/${serial}`
    const client = connect({ wrapTtl: undefined })
    const envelope = await during(`Error reading ${path}`, client.read(path))
    if (!envelope?.data)
      throw new Failure(`No certificate has the serial number ${serial}`, EXIT.server)
    await print.secret(envelope)
    return EXIT.ok
  },
})
