import { command } from '../command.ts'
import { IMPORT_FLAGS } from './import-flags.ts'

export const importation = command({
  name: 'import',
  summary: 'Take over what a Vault or OpenBao has',
  usage: '[options]',
  text: `
Compares another server with this one, and prints what would be created and changed here. -apply does it. Taken over are the SSH mounts with their
roles, zero-address roles and issuers, policies, the auth methods userpass, approle, jwt and oidc with their users and roles, token roles,
entities with their aliases, and groups. Nothing is changed at the other server, and what only this one has stays. It can be run any number of times.

What no server tells is named, with what to do: passwords, secret ids, client secrets and private keys of CAs. Tokens and leases stay where they are.

Show what would be taken over:

    $ postern import -from=https://old:8200 -from-token-file=token -from-ca=ca.pem

Take it over, with the private key of a CA that its owner has in a file:

    $ postern import -from=https://old:8200 -from-token-file=token -ca-key=ca.key -apply

The exit code is 0 if all was done or shown, 2 if the server refused some of it. Configuration files of vault-ssh-helper need no conversion: postern-helper reads them as they are.`,
  flags: IMPORT_FLAGS,
  arguments: [0, 0],
  prints: 'format',
  async run(call) {
    // loaded on demand: other commands start faster without it
    const { runImport } = await import('./run-import.ts')
    return runImport(call)
  },
})
