import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allCommands } from '../../../engine/cli/commands.ts'
import type { CommandLine, Ended } from './command-line.ts'

const COMMANDS = await allCommands()

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/policies.md'), 'utf8')

/** The text of a policy of docs/policies.md, by the name in its first line. */
export function documentedPolicy(name: string): string {
  const [, text] = new RegExp(`\`\`\`hcl\\n(# ${name}:.*\\n[\\s\\S]*?)\`\`\``).exec(PAGE) ?? []
  if (text === undefined) throw new Error(`docs/policies.md has no policy ${name}`)
  return text
}

/** A token with nothing but a policy, by default one of docs/policies.md, and `default`. */
export async function tokenOf(
  line: CommandLine,
  name: string,
  text = documentedPolicy(name),
): Promise<string> {
  const written = await line.run(['policy', 'write', name, '-'], { input: text })
  if (written.code !== 0) throw new Error(written.err)
  return line.must(`token create -policy=${name} -field=token`)
}

/** The examples in the help of a command, without `postern`. */
export function examplesOf(name: string): readonly string[] {
  const found = COMMANDS.find(command => command.name === name)
  return [...(found?.text ?? '').matchAll(/^ {4,}\$ (?:[^|\n]* \| )?postern (.+)$/gm)].map(
    ([, text = '']) => text,
  )
}

/**
 * Runs every example of a command's help, of which there must be two, with this token. `replace` names what stands for something in
 * them. Gives how each ended.
 */
export async function runExamples(
  line: CommandLine,
  name: string,
  {
    token,
    replace = {},
    environment = {},
  }: {
    readonly token: string
    readonly replace?: Readonly<Record<string, string>>
    readonly environment?: Readonly<Record<string, string | undefined>>
  },
): Promise<readonly Ended[]> {
  const examples = examplesOf(name)
  if (examples.length < 2) throw new Error(`the help of ${name} has fewer than two examples`)
  const ended: Ended[] = []
  for (const example of examples) {
    const words = Object.entries(replace).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      example,
    )
    const own = { ...environment, POSTERN_TOKEN: token }
    ended.push(await line.run(words.split(' '), { environment: own }))
  }
  return ended
}
