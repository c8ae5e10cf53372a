import type { Hasher } from './hasher.ts'

/** A token of this engine, or of Vault. */
const TOKEN = /\bhv[sbr]\.[\w-]+/g
const TOKEN_PATHS = /^(auth\/token\/(?:lookup|renew|revoke|revoke-orphan|revoke-prefix)\/)(.+)$/

/** A text in which every token is hashed. */
export const withoutTokens = (text: string, hasher: Hasher) =>
  text.replace(TOKEN, token => hasher.text(token))

/** A path with its tokens hashed: old clients put tokens into paths. */
export const pathOf = (path: string, hasher: Hasher) =>
  withoutTokens(
    path.replace(TOKEN_PATHS, (_, head: string, token: string) => head + hasher.text(token)),
    hasher,
  )

/** Whether a text contains a token. */
export const holdsToken = (text: string): boolean => text.search(TOKEN) >= 0
