import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { World } from '../world.ts'

/** Milliseconds that ssh has to say something about itself. */
const DEADLINE = 5_000

/** The ssh that the user means. */
export interface SshProgram {
  readonly executable: string
  readonly environment: World['environment']
}

/** What ssh will make of the user's words and the user's configuration. */
export interface SshPlan {
  readonly host: string
  readonly user: string | undefined
  readonly port: string | undefined
  readonly hostKeyAlias: string | undefined
  readonly addressFamily: string | undefined
  /** Whether somebody else makes the connection, so that addresses cannot be tried from here. */
  readonly proxied: boolean
}

/**
 * Asks ssh itself where its words lead, through aliases and `Match` blocks of the user's configuration (`ssh -G`, OpenSSH 6.8).
 * `undefined` if this ssh cannot tell.
 */
export async function planOf(
  program: SshProgram,
  words: readonly string[],
): Promise<SshPlan | undefined> {
  const text = await say(program, ['-G', ...words])
  const lines = text?.stdout.split('\n').map(line => /^(\S+) (.*)$/.exec(line)) ?? []
  const values = new Map(
    lines.filter(line => line !== null).map(([, name = '', value = '']) => [name, value]),
  )
  const host = values.get('hostname')
  if (host === undefined) return undefined
  const proxies = ['proxyjump', 'proxycommand'].map(name => values.get(name) ?? 'none')
  return {
    host,
    user: values.get('user'),
    port: values.get('port'),
    hostKeyAlias: values.get('hostkeyalias'),
    addressFamily: values.get('addressfamily'),
    proxied: proxies.some(value => value !== 'none'),
  }
}

/** Whether ssh can be made to ask a program for the password although there is a terminal: OpenSSH 8.4 and later. */
export async function canBeAnswered(program: SshProgram): Promise<boolean> {
  const { stderr = '' } = (await say(program, ['-V'])) ?? {}
  const [, major, minor] = /OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/.exec(stderr) ?? []
  // one that does not tell its version is taken for a wrapper of a new one
  if (major === undefined) return true
  return Number(major) > 8 || (Number(major) === 8 && Number(minor) >= 4)
}

async function say({ executable, environment }: SshProgram, words: readonly string[]) {
  try {
    return await promisify(execFile)(executable, words, {
      timeout: DEADLINE,
      env: { ...environment },
    })
  } catch {
    // it then says what is wrong itself, when it is run for the login
    return undefined
  }
}
