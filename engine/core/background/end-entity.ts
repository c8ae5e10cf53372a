import { WRAPPING_POLICY } from '../../api/wrapping-policy.ts'
import { Tampered } from '../../storage/aead.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { childTokens, isInTime, type Token, tokenHashes, tokens } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import { type LeasesLeft, leasesLeftBy } from './leases-left.ts'
import { revokeToken } from './revoke.ts'

/** Tokens that are read in one transaction. */
const PAGE = 1000

/** Tokens that one call looks at, at the most. */
const LOOKED_AT = 10_000

/** Milliseconds after which a call begins with no further token: clients wait for a minute. */
const LONGEST = 20_000

/** What a call did, and what it left. */
export interface EndedTokens extends LeasesLeft {
  readonly revoked: readonly Token[]
  /** Number of these and of all tokens below them. */
  readonly count: number
  /** Orphans that the entity has made. They act for no entity, and are not revoked. */
  readonly orphans: readonly Token[]
  /** Tokens of which is not known who has made them, or knows them: root tokens, what these have made, orphans of older versions. */
  readonly unattributed: readonly Token[]
  /** Tokens whose record is damaged: nobody can use them, and whose they are is not known. */
  readonly damaged: number
  /** Where the next call begins, if there are more tokens. */
  readonly next: string | undefined
}

/**
 * Revokes the tokens that act for one of these entities, with their children and leases. Each token is invalid from a commit on; if the
 * process dies, housekeeping goes on with that token, and another call with the others.
 * @param longest milliseconds after which it stops behind the token at hand
 */
export async function endTokensOf(
  core: Core,
  entities: ReadonlySet<string>,
  { after: begin = '', longest = LONGEST }: { readonly after?: string; readonly longest?: number },
): Promise<EndedTokens> {
  const until = performance.now() + longest
  const search = new Search(core, entities)
  let after: string | undefined = begin
  for (let lookedAt = 0; after !== undefined && lookedAt < LOOKED_AT; lookedAt += PAGE) {
    after = await search.endPage(after, until)
    if (performance.now() >= until) break
  }
  const { revoked, orphans, unattributed, damaged, family } = search
  const left = await leasesLeftBy(core.store, { entities, tokens: family })
  const found = { revoked, count: family.size, orphans, unattributed, damaged }
  return { ...found, ...left, next: after }
}

/** What one call has found. */
class Search {
  readonly revoked: Token[] = []
  readonly orphans: Token[] = []
  readonly unattributed: Token[] = []
  damaged = 0
  /** Hashes of the revoked tokens and of those below them. */
  readonly family = new Set<string>()
  readonly #core: Core
  readonly #entities: ReadonlySet<string>

  constructor(core: Core, entities: ReadonlySet<string>) {
    this.#core = core
    this.#entities = entities
  }

  /** Looks at a page of tokens, or at those before `until`, but at one in any case. Returns where to go on, if there are more. */
  async endPage(after: string, until: number): Promise<string | undefined> {
    const { store } = this.#core
    const hashes = await transact(store, tx => tokenHashes(tx, { after, limit: PAGE }))
    const found = await transact(store, tx => Promise.all(hashes.map(hash => readOf(tx, hash))))
    for (const [at, token] of found.entries()) {
      if (token === 'damaged') this.damaged++
      else if (token) await this.#look(token)
      if (performance.now() >= until && at + 1 < hashes.length) return hashes[at]
    }
    return hashes.length === PAGE ? hashes.at(-1) : undefined
  }

  async #look(token: Token): Promise<void> {
    const { entity, createdBy = '' } = token
    if (entity !== undefined && this.#entities.has(entity)) await this.#end(token)
    else if (this.#entities.has(createdBy) && this.#standsAlone(token)) this.orphans.push(token)
    else if (createdBy === '' && this.#standsAlone(token)) this.unattributed.push(token)
  }

  /** Whether it is valid and ends neither with the token above it, nor with an auth method, nor when it is unwrapped. */
  #standsAlone(token: Token): boolean {
    const { entity, parent, mount, policies } = token
    const isOrphan = entity === undefined && parent === undefined && mount === undefined
    return isOrphan && isInTime(token, this.#core.now()) && !policies.includes(WRAPPING_POLICY)
  }

  async #end(token: Token): Promise<void> {
    const { store } = this.#core
    for (const each of await transact(store, tx => familyOf(tx, token.hash))) this.family.add(each)
    await revokeToken(this.#core, token.hash)
    this.revoked.push(token)
  }
}

/** One damaged record must not keep the tokens behind it alive. */
async function readOf(tx: Tx, hash: string): Promise<Token | 'damaged' | undefined> {
  try {
    return await tokens.get(tx, hash)
  } catch (error) {
    if (error instanceof Tampered) return 'damaged'
    throw error
  }
}

/** The token and all below it. */
async function familyOf(tx: Tx, hash: string): Promise<readonly string[]> {
  const below = await Promise.all((await childTokens(tx, hash)).map(child => familyOf(tx, child)))
  return [hash, ...below.flat()]
}
