import { readFileSync, readlinkSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename } from 'node:path'
import { needsNoLogin, optionOf, parseSshArguments, split } from '../ssh-arguments.ts'
import type { Asked } from './check-words.ts'

/** The ssh that asks, which waits for the answer. */
export interface CallingSsh {
  readonly pid: number
  readonly executable: string
  /** The arguments that determine the destination and the way to it, without a command, forwardings and sharing. */
  readonly words: readonly string[]
  /** The arguments that name the socket of a shared connection, which decide over the configuration. */
  readonly sharing: readonly string[]
  /** Whether it only prints its configuration, or controls a shared connection. */
  readonly needsNoLogin: boolean
}

/** The process with this id, as Linux describes it in /proc; elsewhere, and for another host, only what it said itself is known. */
export function callingSsh(pid: number, asked: Asked): CallingSsh {
  const words = argumentsOf(pid)
  const executable = programOf(pid)
  if (words === undefined || hostOf(words) !== asked.host)
    return { pid, executable, words: saidBy(asked), sharing: [], needsNoLogin: false }
  return {
    pid,
    executable,
    words: destinationIn(words),
    sharing: sharingIn(words),
    needsNoLogin: needsNoLogin(words),
  }
}

/** Flags that a connection is made with. Others are of its sessions. */
const KEPT = '46BbCcFIiJlmop'

/** Options of -o that are not of the connection, but of a session, or of how it is shared. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['clearallforwardings', 'controlmaster', 'controlpath', 'controlpersist'],
  ...['dynamicforward', 'exitonforwardfailure', 'forkafterauthentication', 'forwardagent'],
  ...['forwardx11', 'localcommand', 'localforward', 'loglevel', 'permitlocalcommand'],
  ...['remotecommand', 'remoteforward', 'requesttty', 'sessiontype', 'stdinnull'],
])

/** @param words the arguments of ssh */
export function destinationIn(words: readonly string[]): readonly string[] {
  const { flags, host = '' } = split(words)
  const kept = flags.filter(
    ({ letter, value }) =>
      KEPT.includes(letter) && !(letter === 'o' && LEFT_OUT.has(optionOf(value).name)),
  )
  return [...kept.flatMap(({ letter, value }) => [`-${letter}`, ...(value ? [value] : [])]), host]
}

function sharingIn(words: readonly string[]): readonly string[] {
  return split(words).flags.flatMap(({ letter, value }) => {
    if (letter === 'S') return ['-S', value]
    const isPath = letter === 'o' && optionOf(value).name === 'controlpath'
    return isPath ? ['-o', value] : []
  })
}

const saidBy = ({ host, user, port }: Asked): readonly string[] => [
  ...(port === '22' ? [] : ['-p', port]),
  // what ssh says unless a user was typed, and then the configuration may name another
  ...(user === ownName() ? [] : ['-l', user]),
  host,
]

function ownName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // not in the database of users
    return undefined
  }
}

function hostOf(words: readonly string[]): string | undefined {
  try {
    return parseSshArguments(words).host
  } catch {
    // without a host
    return undefined
  }
}

/** The arguments of a process; undefined if this system does not tell. */
function argumentsOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return text.split('\0').slice(1, -1)
  } catch {
    return undefined
  }
}

/** The program that a process runs, if it is an ssh; else the usual one. */
function programOf(pid: number): string {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`)
    return basename(path).startsWith('ssh') ? path : 'ssh'
  } catch {
    return 'ssh'
  }
}
