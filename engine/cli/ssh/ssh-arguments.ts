import { Failure } from '../failure.ts'
import { type SshFlag, sshFlags } from './ssh-flags.ts'

/** The destination in the arguments of ssh. The arguments are passed on unchanged. */
export interface SshArguments {
  readonly host: string
  readonly user: string | undefined
  readonly port: string | undefined
  /** Names of the options set with -o, -i, -J and -S, in lower case. ssh uses the first value of an option, so these must not be overridden. */
  readonly options: ReadonlySet<string>
  /** Only addresses of this family, with -4 or -6. */
  readonly family: 4 | 6 | undefined
}

/**
 * Parses the arguments of ssh: the first one that is not a flag is the host; flags may precede and follow it, up to the remote command.
 * Contract §7.
 * @throws {Failure} without a host
 */
export function parseSshArguments(words: readonly string[]): SshArguments {
  const { flags, host } = split(words)
  if (!host || destination(host).host === '')
    throw new Failure(
      'no host was given: postern ssh [options] [user@]host [ssh options] [command]',
    )
  return { ...destination(host), ...settings(flags, destination(host)) }
}

/** Whether ssh only prints its version or configuration, or controls a shared connection, without a login. */
export const needsNoLogin = (words: readonly string[]): boolean =>
  split(words).flags.some(({ letter }) => 'GOQV'.includes(letter))

/** The parts of the arguments of ssh: its flags, the host as written, and whether a command follows. */
export function split(words: readonly string[]) {
  const flags: SshFlag[] = []
  let host: string | undefined
  let hasCommand = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const isFlag = word.startsWith('-') && word !== '-' && word !== '--'
    if (!isFlag) {
      if (word === '--' && host === undefined) continue
      hasCommand = host !== undefined
      if (hasCommand) break
      host = word
      continue
    }
    const read = sshFlags(word, words[at + 1])
    flags.push(...read.flags)
    if (read.wantsNext) at++
  }
  return { flags, host, hasCommand }
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
  // a user name may contain an @, a host name may not
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

/** The options that flags set, other than user and port. */
function named(letter: string, value: string) {
  const name = { i: 'identityfile', J: 'proxyjump', S: 'controlpath' }[letter]
  return name === undefined ? undefined : { name, value }
}

/** Parses `Port=22`, `Port 22` or `port = 22`. */
export function optionOf(text: string): { readonly name: string; readonly value: string } {
  const [, name = '', value = ''] = /^\s*([^\s=]+)\s*[\s=]\s*"?(.*?)"?\s*$/.exec(text) ?? []
  return { name: name.toLowerCase(), value }
}
