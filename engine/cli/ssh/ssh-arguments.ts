import { Failure } from '../failure.ts'
import { type SshFlag, sshFlags } from './ssh-flags.ts'

/** What the words for ssh say about where it will go. The words themselves are passed on as they are. */
export interface SshArguments {
  readonly host: string
  readonly user: string | undefined
  readonly port: string | undefined
  /** Names of the options given with -o, -i, -J and -S, in lower case: ssh heeds the first of a name, so they must not be given before. */
  readonly options: ReadonlySet<string>
  /** Only addresses of this family, with -4 or -6. */
  readonly family: 4 | 6 | undefined
}

/**
 * Reads the words that ssh will be given: the first bare word is the host, and flags may stand on both sides of it, up to
 * the remote command. Contract §7.
 * @throws {Failure} if no host is named
 */
export function parseSshArguments(words: readonly string[]): SshArguments {
  const { flags, host } = split(words)
  if (!host || destination(host).host === '')
    throw new Failure('no host is named: postern ssh [options] [user@]host [ssh options] [command]')
  return { ...destination(host), ...settings(flags, destination(host)) }
}

/** Whether ssh is only asked about itself, its configuration or a shared connection, so that nobody logs in. */
export const isQuestion = (words: readonly string[]): boolean =>
  split(words).flags.some(({ letter }) => 'GOQV'.includes(letter))

function split(words: readonly string[]) {
  const flags: SshFlag[] = []
  let host: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const isFlag = word.startsWith('-') && word !== '-' && word !== '--'
    if (!isFlag) {
      if (word === '--' && host === undefined) continue
      if (host !== undefined) break
      host = word
      continue
    }
    const read = sshFlags(word, words[at + 1])
    flags.push(...read.flags)
    if (read.wantsNext) at++
  }
  return { flags, host }
}

function destination(text: string): {
  host: string
  user: string | undefined
  port: string | undefined
} {
  const url = text.startsWith('ssh://') ? URL.parse(text) : undefined
  if (url)
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      user: url.username || undefined,
      port: url.port || undefined,
    }
  // a user name may hold an @, a host name may not
  const at = text.lastIndexOf('@')
  return { host: text.slice(at + 1), user: at > 0 ? text.slice(0, at) : undefined, port: undefined }
}

function settings(
  flags: readonly SshFlag[],
  written: { user: string | undefined; port: string | undefined },
) {
  const options = flags.flatMap(({ letter, value }) =>
    letter === 'o' ? optionOf(value) : (named(letter, value) ?? []),
  )
  const first = (letter: string, name: string) =>
    flags.find(flag => flag.letter === letter)?.value ??
    options.find(option => option.name === name)?.value
  const family = flags.findLast(({ letter }) => letter === '4' || letter === '6')?.letter
  return {
    user: written.user ?? first('l', 'user'),
    port: written.port ?? first('p', 'port'),
    options: new Set(options.map(({ name }) => name)),
    family: family === '4' ? (4 as const) : family === '6' ? (6 as const) : undefined,
  }
}

/** The flags that stand for an option, and are no `first` of their own. */
function named(letter: string, value: string) {
  const name = { i: 'identityfile', J: 'proxyjump', S: 'controlpath' }[letter]
  return name === undefined ? undefined : { name, value }
}

/** `Port=22`, `Port 22` and `port = 22` are one. */
function optionOf(text: string): { readonly name: string; readonly value: string } {
  const [, name = '', value = ''] = /^\s*([^\s=]+)\s*[\s=]\s*"?(.*?)"?\s*$/.exec(text) ?? []
  return { name: name.toLowerCase(), value }
}
