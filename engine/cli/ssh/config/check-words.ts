import { isPlainHost, isPlainUser } from './plain-name.ts'

/** A login that ssh is about to make, in the words of a `Match exec`. */
export interface Asked {
  /** The host as typed. */
  readonly host: string
  /** The user of the command line, else that of this machine, whatever the configuration says further down. */
  readonly user: string
  readonly port: string
  /** Flags of the check, as the block of the configuration has them. */
  readonly flags: readonly string[]
}

/** Parses `-flag=value … -- host user port`. `undefined` unless host, user and port are plain names. */
export function parseCheckWords(words: readonly string[]): Asked | undefined {
  const end = words.lastIndexOf('--')
  const [host, user, port, ...more] = words.slice(end + 1)
  if (end < 0 || host === undefined || user === undefined || port === undefined) return undefined
  const isPlain = isPlainHost(host) && isPlainUser(user) && /^\d{1,5}$/.test(port)
  return isPlain && more.length === 0 ? { host, user, port, flags: words.slice(0, end) } : undefined
}

/** The value of a flag, without the parser of the command line, which takes longer to load than a check may. */
export function flagIn({ flags }: Pick<Asked, 'flags'>, name: string): string | undefined {
  const start = `-${name}=`
  return flags.findLast(flag => flag.startsWith(start))?.slice(start.length)
}
