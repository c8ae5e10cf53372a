import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'

/** Milliseconds for a query of ssh, which runs the commands of its configuration: a machine where many log in at once takes seconds. */
const QUERY_TIMEOUT = 20_000

/** The ssh program to use. */
export interface SshProgram {
  readonly executable: string
  readonly environment: CliIo['environment']
  /** Aborts a query. */
  readonly signal?: AbortSignal
}

/** What ssh derives from its arguments and configuration. */
export interface SshPlan {
  readonly host: string
  readonly user: string | undefined
  readonly port: string | undefined
  readonly hostKeyAlias: string | undefined
  readonly addressFamily: string | undefined
  /** Socket of shared connections; undefined if they are not shared. */
  readonly controlPath: string | undefined
  /** Whether ssh connects through a proxy, so that addresses cannot be tried from here. */
  readonly proxied: boolean
  /** The value of any other option, by its name in lower case. */
  readonly option: (name: string) => string | undefined
  /** The files of its configuration that were read. */
  readonly files: readonly string[]
}

/**
 * Queries ssh for the destination of its arguments, with aliases and `Match` blocks of its configuration resolved (`ssh -G`, OpenSSH 6.8).
 * `undefined` if this ssh does not support it.
 */
export async function planOf(
  program: SshProgram,
  words: readonly string[],
): Promise<SshPlan | undefined> {
  const captured = await capture(program, ['-G', '-v', ...words])
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
    option: name => values.get(name),
    files: [...(captured?.stderr ?? '').matchAll(READ)].map(([, file = '']) => file.trim()),
  }
}

/** What `ssh -v` says of each file that there is. */
const READ = /^debug1: Reading configuration data (.+)$/gm

const named = (value: string | undefined) => (value === 'none' ? undefined : value)

/** Whether it is OpenSSH of this version, such as `8.4`, or later. Assumed of a program that prints no version, such as a script. */
export async function isSince(program: SshProgram, version: string): Promise<boolean> {
  const { stderr = '' } = (await capture(program, ['-V'])) ?? {}
  const [, own] = /OpenSSH_(?:for_Windows_)?(\d+\.\d+)/.exec(stderr) ?? []
  return own === undefined || versionNumber(own) >= versionNumber(version)
}

const versionNumber = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}

/** Connects once more without a login, to get the error messages of ssh. */
export async function probeErrors(program: SshProgram, words: readonly string[]): Promise<string> {
  const options = PROBE_OPTIONS.flatMap(option => ['-o', option])
  const { stderr = '' } = (await capture(program, [...options, ...words])) ?? {}
  return stderr.trim()
}

/** No prompts, no new trusted hosts, no authentication. */
const PROBE_OPTIONS = [
  'BatchMode=yes',
  'PreferredAuthentications=none',
  'StrictHostKeyChecking=yes',
  'ControlPath=none',
  'ConnectTimeout=4',
]

/** The output of ssh, also if it fails; `undefined` if it cannot be run. */
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
    // ssh reports the error when it is run for the login
    return typeof stdout === 'string' && typeof stderr === 'string' ? { stdout, stderr } : undefined
  }
}
