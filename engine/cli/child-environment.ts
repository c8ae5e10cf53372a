import type { CliIo } from './cli-io.ts'

/** Variables with a token of the engine. */
const TOKENS: ReadonlySet<string> = new Set(['POSTERN_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN'])

/**
 * The environment of a child process, without the token, which ssh would pass to every command in its configuration, and with `SendEnv *`
 * to the host.
 */
export const childEnvironment = (
  environment: CliIo['environment'],
  more: CliIo['environment'] = {},
): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(environment).filter(([name]) => !TOKENS.has(name))),
  ...more,
})
