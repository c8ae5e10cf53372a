import type { CliIo } from './cli-io.ts'

/**
 * A variable such as POSTERN_ADDR; else VAULT_ADDR, else BAO_ADDR. An empty one counts as not set. Blanks at its ends are none of
 * it: files of variables leave them there, and carriage returns.
 */
export const variable = (environment: CliIo['environment'], name: string): string | undefined =>
  ['POSTERN_', 'VAULT_', 'BAO_'].map(prefix => environment[prefix + name]?.trim()).find(Boolean)
