import { type Command, command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { type Candidate, candidates } from './candidates.ts'
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts'

/** @param commands all of them, this one included; asked for when it runs */
export const completion = (commands: () => readonly Command[]): Command =>
  command({
    name: 'completion',
    summary: 'Print what a shell needs to complete commands and flags',
    usage: 'bash|zsh|fish',
    text: `
Prints the completion for a shell. For bash, in ~/.bashrc:

    $ source <(postern completion bash)

For zsh, into a folder of $fpath:

    $ postern completion zsh > "\${fpath[1]}/_postern"

For fish:

    $ postern completion fish > ~/.config/fish/completions/postern.fish

It asks the program for the words, so that it knows the version that is installed. Packages bring it along.`,
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
  // bash replaces only what stands behind the equals sign, which ends a word for it
  return words.slice(-2).includes('=') ? word.slice(word.indexOf('=') + 1) : word
}

/** Bash divides `-format=json` in three words; here it is one. */
function joined(words: readonly string[]): readonly string[] {
  const whole: string[] = []
  for (const [index, word] of words.entries()) {
    const isPart = whole.length > 0 && (word === '=' || words[index - 1] === '=')
    if (isPart) whole.push(`${whole.pop()}${word}`)
    else whole.push(word)
  }
  return whole
}
