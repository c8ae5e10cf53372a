import type { Tx } from '../storage/transact.ts'

/** What a token has of its own, as it sees it: nobody reaches it with another token, and it goes with this one. */
export const ownOf = (tx: Tx, hash: string): Tx => tx.under(`token/own/${hash}/`)
