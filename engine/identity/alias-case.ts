import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { setFolding } from './alias-name.ts'
import { noteDisabled } from './disabled.ts'
import { type Alias, aliasIds, findAlias, putAlias } from './entities.ts'

/** Number of pairs of names that an error shows. */
const SHOWN = 5

/**
 * Makes alias names at a mount case-insensitive, including existing ones.
 * @throws {ApiError} invalid, if two of them would become the same
 */
export async function foldAliases(tx: Tx, mount: string): Promise<void> {
  const all = await aliasesAt(tx, mount)
  const alike = [...Map.groupBy(all, ({ name }) => name.toLowerCase()).values()]
    .filter(same => same.length > 1)
    .map(same => same.map(({ name }) => JSON.stringify(name)).join(' and '))
  if (alike.length > 0)
    throw new ApiError(
      'invalid',
      `aliases differ only in case: ${alike.slice(0, SHOWN).join(', ')}${alike.length > SHOWN ? `, and ${alike.length - SHOWN} more` : ''}. Merge their entities or delete all but one, then try again`,
    )
  for (const alias of all) await putAlias(tx, { ...alias, key: alias.name.toLowerCase() }, alias)
  await noteDisabled(tx, [...new Set(all.map(({ entity }) => entity))])
  await setFolding(tx, mount, true)
}

/** Makes alias names at a mount case-sensitive: each alias is found by its name as it was first written. */
export async function tellApart(tx: Tx, mount: string): Promise<void> {
  const all = await aliasesAt(tx, mount)
  for (const alias of all) await putAlias(tx, { ...alias, key: alias.name }, alias)
  await noteDisabled(tx, [...new Set(all.map(({ entity }) => entity))])
  await setFolding(tx, mount, false)
}

async function aliasesAt(tx: Tx, mount: string): Promise<readonly Alias[]> {
  const found: Alias[] = []
  for (const id of await aliasIds(tx)) {
    const alias = await findAlias(tx, id)
    if (alias?.mount === mount) found.push(alias)
  }
  return found
}
