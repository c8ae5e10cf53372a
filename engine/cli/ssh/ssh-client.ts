import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'

/** Milliseconds that ssh has to capture something about itself. */
const QUERY_TIMEOUT = 5_000

/** The ssh that the user means. */
export interface SshProgram {
  readonly executable: string
  readonly environment: CliIo['environment']
  /** Ends what ssh is asked. */
  readonly signal?: AbortSignal
}

/** What ssh will make of the user's words and the user's configuration. */
export interface SshPlan {
  readonly host: string
  readonly user: string | undefined
  readonly port: string | undefined
  readonly hostKeyAlias: string | undefined
  readonly addressFamily: string | undefined
  /** Where connections are shared; absent if they are not. */
  readonly controlPath: string | undefined
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
  const captured = await capture(program, ['-G', ...words])
  const lines = captured?.stdout.split('\n').map(line => /^(\S+) (.*)$/.exec(line)) ?? []
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
    controlPath: named(values.get('controlpath')),
    proxied: proxies.some(value => value !== 'none'),
  }
}

const named = (value: string | undefined) => (value === 'none' ? undefined : value)

/** Whether it is OpenSSH of this version or later, such as `8.4`; one that does not tell its version is taken for a script that runs a new one. */
export async function isSince(program: SshProgram, version: string): Promise<boolean> {
  const { stderr = '' } = (await capture(program, ['-V'])) ?? {}
  const [, own] = /OpenSSH_(?:for_Windows_)?(\d+\.\d+)/.exec(stderr) ?? []
  return own === undefined || versionNumber(own) >= versionNumber(version)
}

const versionNumber = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}

/** Why a host does not ask for a password, in ssh's own words, the last ones last: it is connected to once more, and nobody logs in. */
export async function probeErrors(program: SshProgram, words: readonly string[]): Promise<string> {
  const options = PROBE_OPTIONS.flatMap(option => ['-o', option])
  const { stderr = '' } = (await capture(program, [...options, ...words])) ?? {}
  return stderr.trim()
}

/** Asks nobody anything, trusts no new host, and tries no way to log in. */
const PROBE_OPTIONS = [
  'BatchMode=yes',
  'PreferredAuthentications=none',
  'StrictHostKeyChecking=yes',
  'ControlPath=none',
  'ConnectTimeout=4',
]

/** What ssh prints, also where it ends with an error; nothing if it cannot be run. */
async function capture(
  { executable, environment, signal }: SshProgram,
  words: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string } | undefined> {
  const settings = {
    timeout: QUERY_TIMEOUT,
    env: childEnvironment(environment),
    ...(signal && { signal }),
  }
  try {
    const running = promisify(execFile)(executable, words, settings)
    running.child.stdin?.end()
    return await running
  } catch (error) {
    signal?.throwIfAborted()
    const { stdout, stderr } = error as { stdout?: unknown; stderr?: unknown }
    // it then says what is wrong itself, when it is run for the login
    return typeof stdout === 'string' && typeof stderr === 'string' ? { stdout, stderr } : undefined
  }
}
