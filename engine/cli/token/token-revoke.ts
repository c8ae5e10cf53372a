import { boolean, oneOf } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { during, EXIT, Failure } from '../failure.ts'

export const tokenRevoke = command({
  name: 'token revoke',
  summary: 'Revoke a token and its children',
  usage: '[options] [TOKEN | ACCESSOR]',
  text: `
Revokes a token, its children, and all leases of these tokens.

By its accessor:

    $ postern token revoke -accessor 9793c9b3-e04a-46f3-e7b8-748d7da248da

Your own token, which "login" has kept, and which is kept no longer:

    $ postern token revoke -self

Without its children, which become orphans:

    $ postern token revoke -mode=orphan hvs.CAESIJ`,
  flags: {
    accessor: boolean({ description: 'The argument is an accessor.', default: false }),
    self: boolean({ description: 'Revoke the token in use.', default: false }),
    mode: oneOf(
      'orphan',
      'path',
    )({
      description:
        '"orphan" leaves the children valid, without a parent; "path" revokes all tokens created by logins under a path.',
    }),
  },
  arguments: [0, 1],
  async run({ args: [typed], flags: { accessor, self, mode }, print, connect, settings }) {
    if (self && typed !== undefined)
      throw new Failure('Too many arguments with -self (expected 0, got 1)')
    if (!self && typed === undefined)
      throw new Failure('Not enough arguments (expected 1 or -self, got 0)')
    if (self && accessor) throw new Failure('Cannot use -self with -accessor!')
    if (self && mode) throw new Failure('Cannot use -self with -mode!')
    if (accessor && mode) throw new Failure(`Cannot use -accessor with -mode=${mode}!`)
    await during('Error revoking token', revoke(typed?.trim() ?? ''))
    if (self) await settings().token.forget()
    print.line('Success! Revoked token (if it existed)')
    return EXIT.ok

    async function revoke(token: string) {
      // this very token, and not one of a login that is offered in its place
      if (self)
        return connect({ token: await settings().token.get() }).write('auth/token/revoke-self')
      const client = connect()
      if (accessor) return client.post('auth/token/revoke-accessor', { accessor: token })
      if (mode === 'path') return client.write(`sys/leases/revoke-prefix/${token}`)
      return client.write(mode ? 'auth/token/revoke-orphan' : 'auth/token/revoke', { token })
    }
  },
})
