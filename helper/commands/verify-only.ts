import { type Config, type Engine, readConfig } from '../config.ts'
import { PasswordUnused } from '../exchange.ts'
import type { Flags } from '../flags.ts'
import { problemOfLog } from '../log-file.ts'
import { Refusal } from '../refusal.ts'
import { askEcho } from './ask-echo.ts'
import { askEngine, requireStatus } from './engine-request.ts'
import { hostReport } from './host-report.ts'
import { verifySshd } from './verify-sshd.ts'

/**
 * Sends the health check to every engine, with the settings of a login, and checks sshd and its PAM stack. Returns a line for each
 * engine and one for sshd.
 * @throws {Refusal} with everything that was wrong, and what to do
 */
export async function verifyOnly(flags: Flags): Promise<string> {
  const config = readConfig(flags.config, flags)
  const engines: string[] = []
  let failed = false
  for (const engine of config.engines) {
    const problem = await engineProblem(engine, config)
    failed ||= problem !== undefined
    engines.push(`${engine.name}: ${problem ?? 'the SSH engine answers'}`)
  }
  const sshd = verifySshd(flags, config)
  const log = config.logFile === undefined ? undefined : problemOfLog(config.logFile)
  const said = [...engines, ...rolesOf(config), ...(log ? [log] : []), sshd.line].join('\n')
  if (failed) throw new Refusal('unavailable', said)
  if (config.roles.length === 0 || log !== undefined) throw new Refusal('settings', said)
  if (!sshd.ready) throw new Refusal('stack', said)
  return said
}

const rolesOf = ({ roles }: Config): string[] =>
  roles.length === 0 ? ['allowed_roles is empty, which denies every login'] : []

/** Why an engine does not answer the health check as it should, with the settings of a login; undefined if it does. */
export async function engineProblem(engine: Engine, config: Config): Promise<string | undefined> {
  try {
    const answer = await askEcho(engine, config)
    if (answer.kind !== 'echo') return 'it answered, but not with the echo: is it an SSH engine?'
    if (config.host) await requireKnown(engine, config)
    return undefined
  } catch (error) {
    if (!(error instanceof PasswordUnused || error instanceof Refusal)) throw error
    return (
      error.message +
      (SEALED.test(error.message) ? await hintForSealed(engine, config) : hintFor(error))
    )
  }
}

/** The echo is answered to everybody: asks for what only the hosts get that are enrolled and not disabled. @throws {Refusal} */
async function requireKnown(engine: Engine, config: Config): Promise<void> {
  const asked = { method: 'GET', path: 'verify/keys', report: hostReport(config) } as const
  const reply = await askEngine({ ...config, engines: [engine] }, asked)
  requireStatus(reply, [200], 'this host')
}

/** What to do about the most common failures, by a part of their messages. */
const HINTS: readonly (readonly [RegExp, string | (() => string)])[] = [
  [
    /a trusted CA|a CA that|SELF_SIGNED|UNABLE_TO/,
    'set ca_cert to the file of the CA that issued it',
  ],
  [/is not (?:in the )?cert/, 'set tls_server_name to a name that is in the certificate'],
  [
    /not yet valid/,
    () => `it is ${new Date().toISOString()} here: if that is wrong, have the clock set by NTP`,
  ],
  [/expired/, 'renew the certificate of the engine'],
  [/pin_sha256/, 'if that key is right, add it to pin_sha256'],
  [
    /connection refused|no route|unreachable|no connection/,
    'check vault_addr, the firewall, and that the engine runs',
  ],
  [/no such host|name service/, 'check the host in vault_addr, and the name service of this host'],
  [
    /wrong version number|packet length|does not speak/,
    'the engine may speak plain HTTP there: check vault_addr',
  ],
  [/in time/, 'a firewall may drop the packets: check that this host may connect there'],
  [/check namespace/, 'correct namespace, or leave it out'],
  [
    /not signed|is none of verify_keys/,
    'compare verify_keys with what "postern read ssh/verify/keys" shows on the engine, and fetch the newest: postern-helper verify-keys',
  ],
  [/ssh_mount_point/, 'enable an SSH engine there, or correct ssh_mount_point'],
]

const SEALED = /it is sealed/

/** Vault's answer is the same from a server that has not been initialized. */
async function hintForSealed(engine: Engine, config: Config): Promise<string> {
  try {
    const alone = { ...config, engines: [engine] }
    const reply = await askEngine(alone, { method: 'GET', path: '/sys/seal-status' })
    const { initialized } = JSON.parse(reply.body.toString()) as { readonly initialized?: unknown }
    return initialized === false ? ' (it has never been initialized: do that first)' : UNSEAL
  } catch {
    return UNSEAL
  }
}

const UNSEAL = ' (unseal it)'

function hintFor({ message }: Error): string {
  const [, hint] = HINTS.find(([pattern]) => pattern.test(message)) ?? []
  return hint === undefined ? '' : ` (${typeof hint === 'function' ? hint() : hint})`
}
