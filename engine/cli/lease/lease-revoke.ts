import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'

export const leaseRevoke = command({
  name: 'lease revoke',
  summary: 'Revoke a lease',
  usage: '[options] ID',
  text: `
Revokes a lease and the credential issued under it: a one-time password can no longer be redeemed, a dynamic key is removed from its host.

    $ postern lease revoke ssh/creds/web/4d5eed31568d74fa05197165

All leases of a role:

    $ postern lease revoke -prefix ssh/creds/web

Delete the leases even if revoking the credentials fails:

    $ postern lease revoke -force -prefix ssh/creds/web`,
  flags: {
    force: boolean({
      description: 'Delete the leases even if the credentials cannot be revoked. Requires -prefix.',
      default: false,
    }),
    prefix: boolean({ description: 'Revoke every lease whose id begins with ID.', default: false }),
    sync: boolean({ description: 'Wait until the revocation is complete.', default: false }),
  },
  aliases: { f: 'force' },
  arguments: [1, 1],
  async run({ args: [typed = ''], flags: { force, prefix, sync }, print, connect }) {
    if (force && !prefix) throw new Failure('Specifying -force requires also specifying -prefix')
    const id = typed.trim()
    if (force)
      print.note(
        'Warning! Force-removing leases can leave valid credentials that the server no longer tracks!',
      )
    if (force) {
      const done = connect().write(`sys/leases/revoke-force/${id}`)
      await during(`Error force revoking leases with prefix ${id}`, done)
      print.line(`Success! Force revoked any leases with prefix: ${id}`)
      return EXIT.ok
    }
    const what = prefix ? `leases with prefix ${id}` : `lease ${id}`
    const path = prefix ? 'sys/leases/revoke-prefix' : 'sys/leases/revoke'
    await during(`Error revoking ${what}`, connect().write(`${path}/${id}`, { sync }))
    if (!sync) print.line('All revocation operations queued successfully!')
    else print.line(`Success! Revoked ${prefix ? 'any leases with prefix:' : 'lease:'} ${id}`)
    return EXIT.ok
  },
})
