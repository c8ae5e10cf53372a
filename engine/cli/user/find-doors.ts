import type { Client } from '../client.ts'
import type { Step } from './end-user.ts'
import { type Method, type User, userOfAlias } from './find-user.ts'

/** Finds other ways to log in: auth methods in which the user has no name, or somebody else has one of the user's names. */
export async function findDoors(
  client: Client,
  user: User,
  methods: readonly Method[],
): Promise<Step> {
  const [open, remarks]: [string[], string[]] = [[], []]
  for (const method of methods) {
    const own = user.aliases.find(({ accessor }) => accessor === method.accessor)
    const others = await namesakes(client, user, { method, own: own?.name })
    open.push(...others)
    if (!own && others.length === 0 && method.type !== 'approle')
      remarks.push(
        `The user has never logged in with ${method.path}: a first login there would make a new entity.`,
      )
  }
  if (user.ids.length > 1)
    remarks.push(
      'Other entities were merged into that of the user. A name in an auth method that was dropped then would make a new entity at its next login.',
    )
  return { did: 'Looked for other ways to log in.', open, remarks }
}

/** Entities of others that have one of the user's names in a method. */
async function namesakes(
  client: Client,
  user: User,
  { method, own }: { readonly method: Method; readonly own: string | undefined },
): Promise<readonly string[]> {
  const found: string[] = []
  const names = new Set([user.name, ...user.aliases.map(({ name }) => name)])
  for (const name of names) {
    const other = name === own || name === '' ? undefined : await userOfAlias(client, name, method)
    if (other && other.id !== user.id)
      found.push(
        `${JSON.stringify(name)} in ${method.path} is the entity ${other.name}: if it is the same person, postern user off ${other.id}`,
      )
  }
  return found
}
