import { ApiError } from '../../api/errors.ts'
import type { TokenSettings } from '../../api/login.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** A role: what a login requires of the JSON Web Token, and the settings of its tokens. Durations are in seconds. */
export interface Role {
  /** In lower case; older versions have also stored others, see {@link foldNames}. */
  readonly name: string
  /** `jwt` for logins with a token, `oidc` for logins at the provider. */
  readonly type: 'jwt' | 'oidc'
  /** The claim with the name of the user. */
  readonly userClaim: string
  readonly userClaimJsonPointer: boolean
  readonly groupsClaim: string
  readonly boundAudiences: readonly string[]
  readonly boundSubject: string
  readonly boundClaims: Readonly<Record<string, unknown>>
  readonly boundClaimsType: 'string' | 'glob'
  /** Metadata keys by claim. */
  readonly claimMappings: Readonly<Record<string, string>>
  /** 0 for the default, negative for none. */
  readonly expirationLeeway: number
  readonly notBeforeLeeway: number
  readonly clockSkewLeeway: number
  readonly oidcScopes: readonly string[]
  readonly allowedRedirectUris: readonly string[]
  /** `device` for logins with the device flow; absent in roles of older versions, as `client`, for logins with a browser. */
  readonly callbackMode?: 'client' | 'device'
  /** Seconds between the polls of a device; 0 or absent for what the provider says. */
  readonly pollInterval?: number
  readonly token: TokenSettings
}

const table = new Table<Role>('role/')

/** The role with this name, ignoring case; an exact match is preferred. */
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
 * Converts names of roles of an older version to lower case. If two would become the same, both stay as they are. Returns a warning for
 * each such pair.
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

/** Warnings about roles whose names differ only in case. */
export const aboutAlike = (names: readonly string[]): readonly string[] =>
  alike(names).map(
    same =>
      `the roles ${same.map(each => JSON.stringify(each)).join(' and ')} differ only in case: each is found only by its exact name, until all but one are deleted`,
  )

const alike = (names: readonly string[]): readonly (readonly string[])[] =>
  [...Map.groupBy(names, name => name.toLowerCase()).values()].filter(same => same.length > 1)
