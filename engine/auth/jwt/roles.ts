import { ApiError } from '../../api/errors.ts'
import type { TokenSettings } from '../../api/login.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** Whom a token of another makes one here, and what tokens they get. Spans are seconds. */
export interface Role {
  /** In lower case; stores of older versions have others, see {@link foldNames}. */
  readonly name: string
  /** By a token that is shown, or by going to the provider and back. */
  readonly type: 'jwt' | 'oidc'
  /** The claim that tells who it is. */
  readonly userClaim: string
  readonly userClaimJsonPointer: boolean
  readonly groupsClaim: string
  readonly boundAudiences: readonly string[]
  readonly boundSubject: string
  readonly boundClaims: Readonly<Record<string, unknown>>
  readonly boundClaimsType: 'string' | 'glob'
  /** Names of metadata by the claims they come from. */
  readonly claimMappings: Readonly<Record<string, string>>
  /** 0 leaves it to the server, less is none. */
  readonly expirationLeeway: number
  readonly notBeforeLeeway: number
  readonly clockSkewLeeway: number
  readonly oidcScopes: readonly string[]
  readonly allowedRedirectUris: readonly string[]
  readonly token: TokenSettings
}

const table = new Table<Role>('role/')

/** The role of a name, in any case; one whose name is exactly this goes first. */
export async function findRole(tx: Tx, name: string): Promise<Role | undefined> {
  const folded = name.toLowerCase()
  return (await table.get(tx, name)) ?? (name === folded ? undefined : table.get(tx, folded))
}

/** The role that a login names. @throws {ApiError} invalid */
export async function roleOf(tx: Tx, role: string): Promise<Role> {
  if (role === '') throw new ApiError('invalid', 'missing role')
  const found = await findRole(tx, role)
  if (!found) throw new ApiError('invalid', `role ${JSON.stringify(role)} could not be found`)
  return found
}

export const putRole = (tx: Tx, role: Role): void => table.put(tx, role.name, role)

export const deleteRole = (tx: Tx, { name }: Role): void => table.delete(tx, name)

export const roleNames = (tx: Tx): Promise<readonly string[]> => table.list(tx)

/**
 * Gives roles that an older version has stored their names in lower case. Where two would have the same, both stay as they are.
 * Gives a sentence about each of those.
 */
export async function foldNames(tx: Tx): Promise<readonly string[]> {
  const names = await roleNames(tx)
  const taken = alike(names).flat()
  for (const name of names) {
    const folded = name.toLowerCase()
    const role = name === folded || taken.includes(name) ? undefined : await table.get(tx, name)
    if (!role) continue
    deleteRole(tx, role)
    putRole(tx, { ...role, name: folded })
  }
  return aboutAlike(names)
}

/** A sentence about all roles whose names differ only in case. */
export const aboutAlike = (names: readonly string[]): readonly string[] =>
  alike(names).map(
    same =>
      `the roles ${same.map(each => JSON.stringify(each)).join(' and ')} differ only in case: each is found by exactly its name, until all but one are deleted`,
  )

const alike = (names: readonly string[]): readonly (readonly string[])[] =>
  [...Map.groupBy(names, name => name.toLowerCase()).values()].filter(same => same.length > 1)
