import { Failure } from '../failure.ts'

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

/** Flags of OpenSSH that take a value. */
const VALUED = 'BDEFIJLOPQRSWbceilmopw'

/**
 * Reads the words that ssh will be given: the first bare word is the host, and flags may stand on both sides of it, up to
 * the remote command. Contract §7.
 * @throws {Failure} if no host is named
 */
export function parseSshArguments(words: readonly string[]): SshArguments {
  const flags: Flag[] = []
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
    const { read, wantsNext } = flagsOf(word, words[at + 1])
    flags.push(...read)
    if (wantsNext) at++
  }
  if (!host || destination(host).host === '')
    throw new Failure('no host is named: postern ssh [options] [user@]host [ssh options] [command]')
  return { ...destination(host), ...settings(flags, destination(host)) }
}

interface Flag {
  readonly letter: string
  readonly value: string
}

/** The flags in one word, as in `-vp2222`; the last may take its value from the next word. */
function flagsOf(word: string, next: string | undefined) {
  const read: Flag[] = []
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    if (!VALUED.includes(letter)) {
      read.push({ letter, value: '' })
      continue
    }
    const attached = word.slice(at + 1)
    read.push({ letter, value: attached || (next ?? '') })
    return { read, wantsNext: attached === '' }
  }
  return { read, wantsNext: false }
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
  flags: readonly Flag[],
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
