import { parseDuration } from '../../shared/duration.ts'
import { Invalid } from '../../shared/invalid.ts'
import { type HclBody, type HclItem, type HclValue, isBody, parseHcl } from './hcl.ts'
import { CAPABILITIES, type Capability, type Constraints, type Stanza } from './stanza.ts'

/** Parses a policy in HCL or JSON. Contract §5.1. @throws {Invalid} with the path or line */
export function parsePolicy(source: string): readonly Stanza[] {
  try {
    return parseHcl(source).items.flatMap(item => {
      if (item.keys[0] === 'path') return blocksOf(item).map(stanza)
      if (item.keys[0] === 'name' && item.keys.length === 1) return []
      throw invalidKey(item)
    })
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Invalid(`failed to parse policy: ${error.message}`, { cause: error })
  }
}

interface Block {
  readonly path: string
  readonly body: HclBody
}

/** `path "a" { … }` is one block; JSON has them nested, `"path": {"a": { … }}`, or a list of such maps. */
function blocksOf({ keys, value, line }: HclItem): readonly Block[] {
  const [, path, tooMuch] = keys
  const bodies = typeof value === 'object' && !isBody(value) ? value : [value]
  return bodies.flatMap(body => {
    if (!isBody(body) || tooMuch !== undefined)
      throw new Invalid(`path must be a block, as in path "a/b" { … }, on line ${line}`)
    if (path !== undefined) return [{ path, body }]
    return body.items.flatMap(item => blocksOf({ ...item, keys: ['path', ...item.keys] }))
  })
}

/** The keys of a block. Unsupported keys that restrict a rule are refused: without them, it would grant more than intended. */
const KEYS: readonly string[] = [
  'capabilities',
  'policy',
  'allowed_parameters',
  'denied_parameters',
  'required_parameters',
  'min_wrapping_ttl',
  'max_wrapping_ttl',
  'comment',
]
const NARROWING: readonly string[] = [
  'mfa_methods',
  'control_group',
  'expiration',
  'pagination_limit',
  'list_scan_response_keys_filter_path',
]

function stanza({ path: written, body }: Block): Stanza {
  const path = written.replace(/^\//, '')
  const about = (message: string) => new Invalid(`path ${JSON.stringify(path)}: ${message}`)
  if (path.includes('+*')) throw about("invalid use of wildcards ('+*' is forbidden)")
  const found = new Map<string, HclValue[]>()
  for (const item of body.items) {
    const [key = '', more] = item.keys
    if (NARROWING.includes(key)) throw about(`"${key}" is not supported, on line ${item.line}`)
    if (!KEYS.includes(key) || more !== undefined) throw invalidKey(item)
    found.set(key, [...(found.get(key) ?? []), item.value])
  }
  const values = (key: string) => found.get(key) ?? []
  const [minWrap, maxWrap] = ['min_wrapping_ttl', 'max_wrapping_ttl'].map(key =>
    seconds(values(key), reason => about(`error parsing ${key}: ${reason}`)),
  ) as [number, number]
  if (maxWrap !== 0 && maxWrap < minWrap)
    throw about('max_wrapping_ttl cannot be less than min_wrapping_ttl')
  return {
    path,
    capabilities: capabilities(values('capabilities'), values('policy'), about),
    allowed: parameters(values('allowed_parameters'), about),
    denied: parameters(values('denied_parameters'), about),
    required: texts(values('required_parameters'), about).map(name => name.toLowerCase()),
    minWrap,
    maxWrap,
  }
}

type About = (message: string) => Invalid

/** The oldest form of a policy. */
const LEGACY: Readonly<Record<string, readonly Capability[]>> = {
  deny: ['deny'],
  read: ['read', 'list'],
  write: ['create', 'read', 'update', 'delete', 'list'],
  sudo: ['create', 'read', 'update', 'delete', 'list', 'sudo'],
}

/** Capabilities of OpenBao and Vault for features that do not exist here. */
const FOREIGN: readonly string[] = ['scan', 'subscribe', 'recover']

function capabilities(
  given: readonly HclValue[],
  legacy: readonly HclValue[],
  about: About,
): ReadonlySet<Capability> {
  const all = new Set<Capability>()
  for (const word of texts(legacy, about)) {
    const meant = Object.hasOwn(LEGACY, word) ? LEGACY[word] : undefined
    if (!meant) throw about(`invalid policy ${JSON.stringify(word)}`)
    for (const each of meant) all.add(each)
  }
  for (const word of texts(given, about)) {
    const capability = CAPABILITIES.find(each => each === word)
    if (capability) all.add(capability)
    else if (!FOREIGN.includes(word))
      throw about(
        `invalid capability ${JSON.stringify(word)}, known are ${CAPABILITIES.join(', ')}`,
      )
  }
  return all.has('deny') ? new Set(['deny'] as const) : all
}

function parameters(given: readonly HclValue[], about: About): Constraints {
  const all = new Map<string, readonly unknown[]>()
  for (const body of given.flat()) {
    if (!isBody(body))
      throw about('parameters must be a map of lists, as in { "ip" = ["10.0.0.1"] }')
    for (const { keys, value } of body.items) {
      const [name = '', more] = keys
      if (more !== undefined || typeof value !== 'object' || isBody(value))
        throw about(`values of parameter ${JSON.stringify(name)} must be a list`)
      all.set(name.toLowerCase(), value.map(plain))
    }
  }
  return all
}

/** A value as JSON represents it. */
function plain(value: HclValue): unknown {
  if (typeof value !== 'object') return value
  if (!isBody(value)) return value.map(plain)
  return Object.fromEntries(value.items.map(({ keys, value: inner }) => [keys[0], plain(inner)]))
}

function texts(given: readonly HclValue[], about: About): readonly string[] {
  return given.flat().map(value => {
    if (typeof value !== 'string') throw about('expected a list of texts')
    return value
  })
}

function seconds(given: readonly HclValue[], wrong: (reason: string) => Invalid): number {
  const value = given.at(-1) ?? 0
  if (typeof value !== 'string' && typeof value !== 'number') throw wrong('expected a duration')
  try {
    return parseDuration(value)
  } catch (error) {
    throw error instanceof Invalid ? wrong(error.message) : error
  }
}

const invalidKey = ({ keys, line }: HclItem) =>
  new Invalid(`invalid key ${JSON.stringify(keys[0])} on line ${line}`)
