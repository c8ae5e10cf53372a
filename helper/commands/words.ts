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
}

/**
 * Reads the flags behind a command's name, with one dash or two.
 * @param names those that the command has besides `-config` and `-dev`
 * @throws {Refusal} for any other
 */
export function readWords(
  command: string,
  names: readonly string[],
  given: readonly string[],
): Words {
  const options = Object.fromEntries(
    ['config', ...names].map(name => [name, { type: 'string' as const }]),
  )
  try {
    const { values } = parseArgs({
      args: given.map(word => word.replace(/^-(?=[a-z])/, '--')),
      options: { ...options, dev: { type: 'boolean' } },
      strict: true,
    })
    const value = (name: string) => (values as Record<string, string | undefined>)[name]
    return {
      config: value('config') ?? '/etc/postern/helper.toml',
      dev: values.dev === true,
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
    const flags = ['config', 'dev', ...names].map(name => `-${name}`).join(', ')
    throw new Refusal(
      'usage',
      `postern-helper ${command}: ${(error as Error).message.split('. ')[0]}; it has ${flags}`,
    )
  }
}
