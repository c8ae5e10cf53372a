import { type Command, command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { type Candidate, candidates } from './candidates.ts'
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts'

/** @param commands gives all commands, this one included; called when it runs */
export const completion = (commands: () => readonly Command[]): Command =>
  command({
    name: 'completion',
    summary: 'Print a shell completion script',
    usage: 'bash|zsh|fish',
    text: `
Prints the script with which a shell completes commands and flags. For bash, in ~/.bashrc:

    $ source <(postern completion bash)

For zsh, in a directory of $fpath:

    $ postern completion zsh > "\${fpath[1]}/_postern"

For fish:

    $ postern completion fish > ~/.config/fish/completions/postern.fish

The script gets the candidates from the installed program, so it needs no update. Packages install it.`,
    flags: {},
    arguments: [1, Infinity],
    local: true,
    endsAtArgument: true,
    async run({ args: [asked = '', ...rest], io }) {
      if (asked === 'words') {
        const [shell = '', ...words] = rest
        const isBash = shell === 'bash'
        const found = candidates(commands(), isBash ? joined(words) : words)
        io.stdout.write(found.map(each => `${lineOf(shell, each, words)}\n`).join(''))
        return EXIT.ok
      }
      if (!isShell(asked) || rest.length > 0)
        throw new Failure(`name one shell: ${SHELLS.join(', ')}`)
      io.stdout.write(SCRIPTS[asked])
      return EXIT.ok
    },
  })

const isShell = (text: string): text is Shell => SHELLS.some(shell => shell === text)

/** One candidate as the script of the shell reads it. */
function lineOf(shell: string, { word, summary }: Candidate, words: readonly string[]): string {
  if (shell === 'fish') return `${word}\t${summary}`
  if (shell === 'zsh') return `${word.replaceAll(':', '\\:')}${summary && `:${summary}`}`
  // for bash the equals sign ends a word, so it replaces only what follows
  return words.slice(-2).includes('=') ? word.slice(word.indexOf('=') + 1) : word
}

/** Joins `-format=json`, which bash divides into three words. */
function joined(words: readonly string[]): readonly string[] {
  const whole: string[] = []
  for (const [index, word] of words.entries()) {
    const isPart = whole.length > 0 && (word === '=' || words[index - 1] === '=')
    if (isPart) whole.push(`${whole.pop()}${word}`)
    else whole.push(word)
  }
  return whole
}
