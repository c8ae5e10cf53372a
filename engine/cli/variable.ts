import type { CliIo } from './cli-io.ts'

/**
 * A variable such as POSTERN_ADDR, else VAULT_ADDR, else BAO_ADDR. Blanks and carriage returns at its ends, which environment files may
 * leave, are removed; an empty variable counts as not set.
 */
export const variable = (environment: CliIo['environment'], name: string): string | undefined =>
  ['POSTERN_', 'VAULT_', 'BAO_'].map(prefix => environment[prefix + name]?.trim()).find(Boolean)
