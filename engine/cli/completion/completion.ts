import { type Command, command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { type Candidate, candidates } from './candidates.ts'
import { liveCandidates } from './live-candidates.ts'
import { LiveNames } from './live-names.ts'
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts'
import { changeStartFiles } from './start-files.ts'

/** Milliseconds in which the server may answer while somebody waits at a prompt. */
const PATIENCE = 2000

/** @param commands gives all commands, this one included; called when it runs */
export const completion = (commands: () => Promise<readonly Command[]>): Command =>
  command({
    name: 'completion',
    summary: 'Print a shell completion script',
    usage: 'bash|zsh|fish|install|uninstall',
    text: `
Prints the script with which a shell completes commands and flags. For bash, in ~/.bashrc:

    $ source <(postern completion bash)

For zsh, in a directory of $fpath:

    $ postern completion zsh > "\${fpath[1]}/_postern"

For fish:

    $ postern completion fish > ~/.config/fish/completions/postern.fish

The script gets the candidates from the installed program, so it needs no update. Packages install it. Names of roles, hosts, policies, mounts and paths are those that the token may list.

For all shells that you have, in their start files (or "postern -autocomplete-install", as Vault's users type it); and out of them again:

    $ postern completion install
    $ postern completion uninstall`,
    flags: {},
    arguments: [1, Infinity],
    local: true,
    endsAtArgument: true,
    async run({ args: [asked = '', ...rest], io, connect }) {
      if (asked === 'words') {
        const [shell = '', ...typed] = rest
        const words = shell === 'bash' ? joined(typed) : typed
        const names = new LiveNames(() => connect({ deadline: PATIENCE, wrapTtl: undefined }))
        const all = await commands()
        const live = (await liveCandidates(all, words, names)).filter(each =>
          isOffered(shell, each),
        )
        const found = [...candidates(all, words), ...live]
        const kept = shell === 'bash' ? keptByBash(typed, words) : 0
        io.stdout.write(found.map(each => `${lineOf(shell, each, kept)}\n`).join(''))
        return EXIT.ok
      }
      if (asked === 'install' || asked === 'uninstall') {
        for (const line of changeStartFiles(asked, io.environment)) io.stdout.write(`${line}\n`)
        return EXIT.ok
      }
      if (!isShell(asked) || rest.length > 0)
        throw new Failure(`name one shell: ${SHELLS.join(', ')}`)
      io.stdout.write(SCRIPTS[asked])
      return EXIT.ok
    },
  })

const isShell = (text: string): text is Shell => SHELLS.some(shell => shell === text)

/**
 * Whether a name that somebody has chosen may be offered. bash puts it into the line as it is, where `$(…)` or `;` would run with the next
 * Enter; other shells quote it, but read one candidate a line.
 */
const isOffered = (shell: string, { word }: Candidate): boolean =>
  (shell === 'bash' ? PLAIN : ONE_LINE).test(word)

const PLAIN = /^[\w@%+=:,./~^-]+$/
const ONE_LINE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u

/** One candidate as the script of the shell reads it. @param kept characters of it that stay as they are typed */
function lineOf(shell: string, { word, summary }: Candidate, kept: number): string {
  if (shell === 'fish') return `${word}\t${summary}`
  if (shell === 'zsh') return `${word.replaceAll(':', '\\:')}${summary && `:${summary}`}`
  return word.slice(kept)
}

/** Characters of the word that bash does not replace: those up to the last sign that ends a word for it. */
function keptByBash(typed: readonly string[], whole: readonly string[]): number {
  const replaced = typed.at(-1) ?? ''
  return (whole.at(-1) ?? '').length - (BREAK.test(replaced) ? 0 : replaced.length)
}

/** What bash takes for a word of its own. */
const BREAK = /^[=@]+$/

/** Joins `-format=json` and `user@host`, which bash divides into three words. */
function joined(words: readonly string[]): readonly string[] {
  const whole: string[] = []
  for (const [index, word] of words.entries()) {
    const isPart = whole.length > 0 && (BREAK.test(word) || BREAK.test(words[index - 1] ?? ''))
    if (isPart) whole.push(`${whole.pop()}${word}`)
    else whole.push(word)
  }
  return whole
}
