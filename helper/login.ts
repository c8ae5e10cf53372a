import { randomBytes } from 'node:crypto'
import type { IpAddress } from '../shared/address.ts'
import type { Secret } from '../shared/secret.ts'
import type { VerifyRequest } from '../shared/verification.ts'
import { type AskOptions, ask } from './ask.ts'
import { sinceStart } from './clock.ts'
import { type Config, readConfig } from './config.ts'
import { type Decision, decide, mayAsk } from './decide.ts'
import { decoyOf, ofOneLength } from './decoy.ts'
import type { Environment } from './environment.ts'
import type { Flags } from './flags.ts'
import { hostIdentity } from './host-identity.ts'
import { interfaces } from './interfaces.ts'
import type { Log } from './log.ts'
import { factsOf, isTrial, type Login, loginOf, otpOf, requireService } from './pam.ts'
import { Refusal } from './refusal.ts'
import { readStdin } from './stdin.ts'
import { trustOf } from './tls-trust.ts'
import { trustedKeys } from './verify-keys.ts'

/** What a login is decided from, besides the configuration. */
export interface Attempt {
  readonly environment: Environment
  readonly log: Pick<Log, 'correlation' | 'note' | 'hide'>
  /** The configuration, for messages. */
  readonly file: string
  /** All that was typed. */
  readonly read: () => Promise<Buffer>
}

/**
 * Decides about a login of PAM; returns only if it is allowed.
 * @throws {Refusal} in every other case
 */
export async function login(flags: Flags, environment: Environment, log: Log): Promise<void> {
  log.note(factsOf(environment))
  const config = readConfig(flags.config, flags)
  log.toFile(config.logFile)
  await decideLogin(config, { environment, log, file: flags.config, read: readStdin })
}

/**
 * The same with a configuration that has been read. A login that this host itself refuses first sends a decoy to the engines, so that
 * timing does not tell which users exist.
 * @throws {Refusal}
 */
export async function decideLogin(config: Config, attempt: Attempt): Promise<void> {
  const { environment, log, file, read } = attempt
  const who = loginOf(environment)
  requireService(environment, config.services, file)
  const here = who.host === undefined ? interfaces() : [who.host]
  const options = { ...optionsOf(config), correlation: log.correlation }
  const request = {
    ...requestOf(who, here, config),
    ...(isTrial(environment) && ({ self_test: true } as const)),
  }

  const otp = await withDeadline(config.deadline, () => passwordOf(read, who, config))
  if (otp instanceof Refusal) {
    await sendDecoy(config, { ...options, request: decoyOf(request) })
    throw otp
  }
  log.hide(otp)
  await withDeadline(config.deadline, async () => {
    const { engine, answer, failures } = await ask(config, {
      ...options,
      request: ofOneLength({ otp, ...request }),
    })
    log.note({ engine: engine.name, passed_over: failures.join('; ') || undefined })
    if (answer.kind === 'echo') throw new Refusal('protocol', 'the engine answered with an echo')
    log.note({ role: answer.role })
    requireAllowed(decide(answer, who, config, here))
  })
}

const optionsOf = (config: Config) => ({
  signed: { mount: config.mount, keys: trustedKeys(config) },
  identity: hostIdentity(config),
  until: config.deadline,
  tls: trustOf(config),
})

const requestOf = (
  { user: username }: Login,
  here: readonly IpAddress[],
  { cidrs, roles }: Config,
): Omit<VerifyRequest, 'otp'> => ({
  username,
  nonce: randomBytes(16).toString('hex'),
  // the engine compares addresses for equality and does not know allowed_cidr_list
  ...(cidrs.length === 0 && { ip: here }),
  ...(!roles.includes('*') && { roles }),
})

/** The password, if it may be sent to an engine; otherwise the reason why not. */
async function passwordOf(
  read: Attempt['read'],
  who: Login,
  config: Config,
): Promise<Secret | Refusal> {
  try {
    // read before anything is refused, so that every login takes this time
    const typed = await read()
    requireAllowed(mayAsk(who, config))
    return otpOf(typed, config.otpFormats)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** Sends a request that redeems nothing, and ignores the result. */
async function sendDecoy(config: Config, options: AskOptions): Promise<void> {
  try {
    await withDeadline(config.deadline, () => ask(config, options))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

function requireAllowed(decision: Decision): void {
  if (!decision.allowed) throw new Refusal('denied', decision.reason)
}

/** Fails at `deadline`, in milliseconds since the program was started, if `work` is not done. */
function withDeadline<T>(deadline: number, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const expire = () => reject(new Refusal('deadline', 'not done in time'))
  const timer = setTimeout(expire, Math.max(1, deadline - sinceStart()))
  return Promise.race([work(), late]).finally(() => clearTimeout(timer))
}
