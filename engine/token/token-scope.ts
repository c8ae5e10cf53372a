import type { Tx } from '../storage/transact.ts'

/** The part of the store that is scoped to a token: no other token can access it, and it is deleted with the token. */
export const tokenScope = (tx: Tx, hash: string): Tx => tx.under(`token/own/${hash}/`)
