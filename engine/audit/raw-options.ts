/** Options as people give them: texts by Vault's names. */
export type RawOptions = Readonly<Record<string, unknown>>
