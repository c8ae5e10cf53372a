/** Options as operators give them: strings by Vault's names. */
export type RawOptions = Readonly<Record<string, unknown>>
