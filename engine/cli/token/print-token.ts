import { command } from '../command.ts'
import { EXIT } from '../failure.ts'

export const printToken = command({
  name: 'print token',
  summary: 'Print the token that commands use',
  usage: '[options]',
  text: `
Prints the token of the environment, or else the one that "login" has stored. Prints an empty line if there is none. No request is sent.

    $ postern print token

In a request of another program:

    $ curl -H "X-Vault-Token: $(postern print token)" $POSTERN_ADDR/v1/ssh/roles/web`,
  flags: {},
  arguments: [0, 0],
  async run({ settings, print }) {
    print.line((await settings().token.get())?.reveal() ?? '')
    return EXIT.ok
  },
})
