import { type GoFlag, goFlag } from '../../shared/go-flags.ts'
import { Refusal } from '../refusal.ts'

/** The flags that a command was given. */
export interface HostFlags {
  readonly config: string
  readonly dev: boolean
  /** The value of a flag, or its default. */
  text(name: string, fallback: string): string
  /** The value of a required flag. @throws {Refusal} */
  required(name: string): string
  /** The value of a flag, if it was given. */
  optional(name: string): string | undefined
  /** Whether a switch was given. */
  has(name: string): boolean
}

/** The flags of a command, besides `-config` and `-dev`. */
export interface DeclaredFlags {
  /** By name: the placeholder of the value in the help, and the meaning. */
  readonly flags: Readonly<Record<string, readonly [value: string, text: string]>>
  /** Those without a value. */
  readonly switches?: Readonly<Record<string, string>>
}

/**
 * Reads the Go-style flags after a command's name.
 * @throws {Refusal} for one that the command does not have
 */
export function readHostFlags(
  command: string,
  known: DeclaredFlags,
  given: readonly string[],
): HostFlags {
  const values = flagValues(command, known, given)
  return {
    config: values.get('config') ?? '/etc/postern/helper.toml',
    dev: values.has('dev'),
    has: name => values.has(name),
    text: (name, fallback) => values.get(name) ?? fallback,
    optional: name => values.get(name),
    required(name) {
      const found = values.get(name)
      if (found) return found
      throw new Refusal('usage', `postern-helper ${command} needs -${name}`)
    },
  }
}

/** The flags by name; a switch has an empty value. */
function flagValues(
  command: string,
  known: DeclaredFlags,
  given: readonly string[],
): ReadonlyMap<string, string> {
  const texts = ['config', ...Object.keys(known.flags)]
  const switches = ['dev', ...Object.keys(known.switches ?? {})]
  const values = new Map<string, string>()
  for (let at = 0; at < given.length; ) {
    const flag = goFlag(given.slice(at), name => switches.includes(name))
    const wrong = flag
      ? faultOf(flag, { texts, switches })
      : `unknown argument ${JSON.stringify(given[at])}`
    if (!flag || wrong !== undefined) {
      const flags = [...texts, ...switches].map(name => `-${name}`).join(', ')
      throw new Refusal('usage', `postern-helper ${command}: ${wrong}; it has ${flags}`)
    }
    values.set(flag.name, flag.value ?? '')
    at += flag.size
  }
  return values
}

function faultOf(
  { name, value, size }: GoFlag,
  { texts, switches }: { readonly texts: readonly string[]; readonly switches: readonly string[] },
): string | undefined {
  if (switches.includes(name)) return value === undefined ? undefined : `-${name} takes no value`
  if (!texts.includes(name)) return `unknown flag -${name}`
  // more likely a forgotten value than a file of such a name
  const isNextFlag = size === 2 && /^-./.test(value ?? '')
  return value === undefined || isNextFlag ? `-${name} needs a value` : undefined
}
