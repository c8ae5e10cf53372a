import { parseArgs } from 'node:util'
import { Refusal } from '../refusal.ts'

/** The flags of a command that people and timers run. */
export interface Words {
  readonly config: string
  readonly dev: boolean
  /** The value of a flag, or what stands in for it. */
  text(name: string, fallback: string): string
  /** The value of a flag that must be there. @throws {Refusal} */
  required(name: string): string
  /** The value of a flag, if it is there. */
  optional(name: string): string | undefined
  /** Whether a switch is there. */
  has(name: string): boolean
}

/** What a command has besides `-config` and `-dev`. */
export interface Known {
  /** By name: what stands for the value in the help, and what it means. */
  readonly flags: Readonly<Record<string, readonly [value: string, text: string]>>
  /** Those without a value. */
  readonly switches?: Readonly<Record<string, string>>
}

/**
 * Reads the flags behind a command's name, with one dash or two.
 * @throws {Refusal} for one that the command does not have
 */
export function readWords(command: string, known: Known, given: readonly string[]): Words {
  const texts = ['config', ...Object.keys(known.flags)]
  const switches = ['dev', ...Object.keys(known.switches ?? {})]
  try {
    const values: Readonly<Record<string, unknown>> = parseArgs({
      args: given.map(word => word.replace(/^-(?=[a-z])/, '--')),
      options: Object.fromEntries([
        ...texts.map(name => [name, { type: 'string' }] as const),
        ...switches.map(name => [name, { type: 'boolean' }] as const),
      ]),
      strict: true,
    }).values
    const value = (name: string) => values[name] as string | undefined
    return {
      config: value('config') ?? '/etc/postern/helper.toml',
      dev: values.dev === true,
      has: name => values[name] === true,
      text: (name, fallback) => value(name) ?? fallback,
      optional: value,
      required(name) {
        const found = value(name)
        if (found === undefined || found === '')
          throw new Refusal('usage', `postern-helper ${command} needs -${name}`)
        return found
      },
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    const flags = [...texts, ...switches].map(name => `-${name}`).join(', ')
    throw new Refusal(
      'usage',
      `postern-helper ${command}: ${(error as Error).message.split('. ')[0]}; it has ${flags}`,
    )
  }
}
