import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../failure.ts'
import { textOf, writeText } from '../ssh/config/ssh-files.ts'
import { SCRIPTS, type Shell } from './scripts.ts'

/** What stands in the start files of shells, and is found again by its end. */
const MARK = '# completion of postern'
const LINES = {
  bash: `command -v postern >/dev/null && source <(postern completion bash) ${MARK}`,
  zsh: `(( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }; (( \${+commands[postern]} )) && source <(postern completion zsh) ${MARK}`,
} as const

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Has the shells of this user complete the words of postern, or takes that back. A shell is one that has a start file, or is the login
 * shell. Tells what was done.
 * @throws {Failure} if there is no such shell
 */
export function changeStartFiles(
  change: 'install' | 'uninstall',
  environment: Environment,
): readonly string[] {
  const places = placesIn(environment)
  const shells = places.filter(({ shell, sign }) => existsSync(sign) || isLogin(shell, environment))
  if (shells.length === 0)
    throw new Failure(
      'no start file of bash, zsh or fish was found: "postern completion bash" prints what belongs into one',
    )
  return shells.map(place => (change === 'install' ? install(place) : uninstall(place)))
}

interface Place {
  readonly shell: Shell
  readonly file: string
  /** There where somebody uses the shell. */
  readonly sign: string
}

function placesIn({ HOME, ZDOTDIR, XDG_CONFIG_HOME }: Environment): readonly Place[] {
  if (!HOME) throw new Failure('no home directory to find the start files of shells in: set HOME')
  const [bash, zsh] = [join(HOME, '.bashrc'), join(ZDOTDIR || HOME, '.zshrc')]
  const fish = join(XDG_CONFIG_HOME || join(HOME, '.config'), 'fish')
  return [
    { shell: 'bash', file: bash, sign: bash },
    { shell: 'zsh', file: zsh, sign: zsh },
    { shell: 'fish', file: join(fish, 'completions/postern.fish'), sign: fish },
  ]
}

const isLogin = (shell: Shell, { SHELL = '' }: Environment) => SHELL.endsWith(`/${shell}`)

function install({ shell, file }: Place): string {
  const text = shell === 'fish' ? '' : textOf(file)
  if (shell === 'fish') {
    mkdirSync(dirname(file), { recursive: true })
    writeText(file, SCRIPTS.fish)
  } else if (text.includes(MARK)) return `${shell}: ${file} has it already`
  else writeText(file, `${text}${/[^\n]$/.test(text) ? '\n' : ''}${LINES[shell]}\n`)
  return `${shell}: written to ${file}; new shells complete "postern"`
}

function uninstall({ shell, file }: Place): string {
  const text = shell === 'fish' ? '' : textOf(file)
  if (shell === 'fish') rmSync(file, { force: true })
  else if (text.includes(MARK))
    writeText(
      file,
      text
        .split(/(?<=\n)/)
        .filter(line => !line.trimEnd().endsWith(MARK))
        .join(''),
    )
  else return `${shell}: there is nothing of it in ${file}`
  return `${shell}: removed from ${file}`
}
