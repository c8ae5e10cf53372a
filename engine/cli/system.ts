import { homedir } from 'node:os'
import type { CliIo } from './cli-io.ts'

type Environment = CliIo['environment']

/** What differs between the systems that the command line runs on. */
export interface System {
  /** Whether files have an owner and mode bits. On Windows they have access lists, and those of a user's profile are the user's alone. */
  readonly hasOwners: boolean
  /** Whether ssh can be given a password by a program, and share connections. That of Windows can do neither. */
  readonly sshAsksPrograms: boolean
  /** Where the agent listens if SSH_AUTH_SOCK is not set. */
  readonly agentPipe: string | undefined
  /** The command that opens a web page. */
  readonly openPage: readonly string[]
}

const UNIX: System = {
  hasOwners: true,
  sshAsksPrograms: true,
  agentPipe: undefined,
  openPage: ['xdg-open'],
}

const SYSTEMS: Partial<Readonly<Record<NodeJS.Platform, System>>> = {
  darwin: { ...UNIX, openPage: ['open'] },
  win32: {
    hasOwners: false,
    sshAsksPrograms: false,
    agentPipe: '\\\\.\\pipe\\openssh-ssh-agent',
    // the shell's "start" would read an ampersand of the address as its own
    openPage: ['rundll32', 'url.dll,FileProtocolHandler'],
  },
}

/** The system with one of Node's names. */
export const systemOf = (platform: NodeJS.Platform): System => SYSTEMS[platform] ?? UNIX

/** The system that this program runs on. */
export const system = systemOf(process.platform)

/** The directory of the user, as the environment names it; Windows names it otherwise than Unix. */
export const homeIn = ({ HOME, USERPROFILE }: Environment, of = system): string | undefined =>
  HOME || (of.hasOwners ? undefined : USERPROFILE) || undefined

/** A path that may begin with the user's directory, as ssh writes it. */
export const expandHome = (path: string, environment: Environment = {}): string =>
  path.startsWith('~/') ? `${homeIn(environment) ?? homedir()}/${path.slice(2)}` : path

/** Where the user's agent listens; undefined if there is none. */
export const agentSocket = ({ SSH_AUTH_SOCK }: Environment, of = system): string | undefined =>
  SSH_AUTH_SOCK || of.agentPipe
