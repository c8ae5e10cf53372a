import { parseDuration } from '../../shared/duration.ts'
import { Invalid } from '../../shared/invalid.ts'
import { isBalanced } from '../../shared/is-balanced.ts'
import type { Tx } from '../storage/transact.ts'
import { effectiveIdentity } from './effective-identity.ts'
import { type Alias, aliasesOf, type Entity } from './entities.ts'
import type { Group } from './group.ts'

/** The entity and time for which a template is rendered. */
interface RenderContext {
  /** Id of the entity. */
  readonly entity: string
  readonly now: Date
}

/** What directives can refer to. */
interface TemplateValues {
  readonly entity: Entity
  readonly aliases: readonly Alias[]
  readonly groups: readonly Group[]
  readonly now: Date
}

/**
 * Replaces directives such as `{{identity.entity.name}}` by values of an entity. Values are data: they are not parsed for directives,
 * and a value with a character of `forbidden` is refused. Contract §4.10.
 * @throws {Invalid} with Vault's message, if a directive is invalid or has no value
 * @throws {ApiError} denied, if there is no such entity
 */
export async function renderTemplate(
  tx: Tx,
  { entity: id, now }: RenderContext,
  { text, forbidden = '' }: { readonly text: string; readonly forbidden?: string },
): Promise<string> {
  if (!isBalanced(text)) throw new Invalid('unbalanced templating characters')
  const [head = '', ...pieces] = text.split('{{')
  if (pieces.length === 0) return text
  const { entity, groups } = await effectiveIdentity(tx, id)
  const known = { entity, groups, aliases: await aliasesOf(tx, entity), now }
  const rest = pieces.map(piece => {
    const [directive = '', literal = ''] = piece.split('}}')
    return allowed(valueFor(directive.trim(), known), forbidden) + literal
  })
  return head + rest.join('')
}

const NOT_FOUND = 'no value could be found for one of the template directives'

function allowed(value: string | undefined, forbidden: string): string {
  if (value === undefined || value === '') throw new Invalid(NOT_FOUND)
  for (const character of forbidden)
    if (value.includes(character))
      throw new Invalid(`template substitution contains forbidden value "${character}"`)
  return value
}

function valueFor(directive: string, known: TemplateValues): string | undefined {
  if (directive.startsWith('identity.entity.')) return ofEntity(directive.slice(16), known)
  if (directive.startsWith('identity.groups.')) return ofGroups(directive.slice(16), known)
  if (directive.startsWith('time.')) return ofTime(directive.slice(5), known)
  return undefined
}

function ofEntity(selector: string, { entity, aliases }: TemplateValues): string | undefined {
  if (!selector.startsWith('aliases.')) return ofNamed(selector, entity)
  const [mount, rest] = cut(selector.slice(8), 'invalid alias selector')
  const alias = aliases.find(each => each.mount === mount)
  if (!alias) throw new Invalid('alias not found')
  if (rest.startsWith('custom_metadata.')) return member(alias.customMetadata, rest.slice(16))
  return ofNamed(rest, alias)
}

function ofGroups(selector: string, { groups }: TemplateValues): string | undefined {
  if (groups.length === 0)
    throw new Invalid('string contains groups template directives but no groups were provided')
  const [by, accessor] = cut(selector, 'invalid groups selector')
  if (by !== 'ids' && by !== 'names') throw new Invalid('invalid groups selector')
  const [wanted, rest] = cut(accessor, 'invalid groups accessor')
  const group = groups.find(each => (by === 'ids' ? each.id : each.name) === wanted)
  if (!group) throw new Invalid(`entity is not a member of group "${wanted}"`)
  return ofNamed(rest, group)
}

/** A property that entities, aliases and groups have in common. */
function ofNamed(
  selector: string,
  { id, name, metadata }: Pick<Entity, 'id' | 'name' | 'metadata'>,
): string | undefined {
  if (selector === 'id') return id
  if (selector === 'name') return name
  return selector.startsWith('metadata.') ? member(metadata, selector.slice(9)) : undefined
}

const member = (metadata: Readonly<Record<string, string>>, key: string) =>
  Object.hasOwn(metadata, key) ? metadata[key] : undefined

/** Seconds since 1970, as Vault writes times. */
function ofTime(selector: string, { now }: TemplateValues): string {
  const [base, operator, ...operand] = selector.split('.')
  if (base !== 'now') throw new Invalid(`invalid time selector "${base}"`)
  const seconds = Math.floor(now.getTime() / 1000)
  if (operator === undefined) return String(seconds)
  if (operand.length === 0) throw new Invalid('missing time operand')
  const sign = SIGNS.get(operator)
  if (sign === undefined) throw new Invalid(`invalid time operator "${operator}"`)
  return String(seconds + sign * parseDuration(operand.join('.')))
}

const SIGNS: ReadonlyMap<string, number> = new Map([
  ['plus', 1],
  ['minus', -1],
])

/** The part before the first dot, and the rest. */
function cut(text: string, fault: string): [string, string] {
  const at = text.indexOf('.')
  if (at < 0) throw new Invalid(fault)
  return [text.slice(0, at), text.slice(at + 1)]
}
