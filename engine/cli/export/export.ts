import { command } from '../command.ts'
import { EXPORT_FLAGS } from './export-flags.ts'

export const exportation = command({
  name: 'export',
  summary: 'Print what the server has as a configuration for Terraform',
  usage: '[options]',
  text: `
Prints the SSH mounts with their CAs, roles and zero-address roles, policies, auth methods with their users and roles, token roles, entities, aliases and
groups as resources of Terraform's provider "vault". Works with Vault and OpenBao as well. Nothing secret is in it; what is not in it is named at its end.

To make the same on another server:

    $ postern export > main.tf

To let Terraform take over what this server has, without a change:

    $ postern export -adopt > main.tf

New users get their passwords from the variable "passwords". A CA is protected against being destroyed or replaced. The exit code is 2 if the token may not read all of it.`,
  flags: EXPORT_FLAGS,
  arguments: [0, 0],
  async run(call) {
    // loaded on demand: other commands start faster without it
    const { runExport } = await import('./run-export.ts')
    return runExport(call)
  },
})
