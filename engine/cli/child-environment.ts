import type { CliIo } from './cli-io.ts'

/** Variables that hold a token of the engine. */
const TOKENS: ReadonlySet<string> = new Set(['POSTERN_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN'])

/**
 * The environment for another program, without the token: `ssh` would pass it on to every command in its configuration, and with
 * `SendEnv *` to the host.
 */
export const childEnvironment = (
  environment: CliIo['environment'],
  more: CliIo['environment'] = {},
): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => !TOKENS.has(name))),
  ...more,
})
