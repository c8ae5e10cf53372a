import type { CliIo } from './cli-io.ts'

/** Variables with a token of the engine. */
const TOKENS: ReadonlySet<string> = new Set(['POSTERN_TOKEN', 'VAULT_TOKEN', 'BAO_TOKEN'])

/** The variables with a token, for a child process that runs this program again. */
export const tokenVariables = (environment: CliIo['environment']): CliIo['environment'] =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => TOKENS.has(name)))

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
