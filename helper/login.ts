import { randomBytes } from 'node:crypto'
import { ask } from './ask.ts'
import { sinceStart } from './clock.ts'
import { readConfig } from './config.ts'
import { type Decision, decide, mayAsk } from './decide.ts'
import type { Environment } from './environment.ts'
import type { Flags } from './flags.ts'
import { interfaces } from './interfaces.ts'
import type { Log } from './log.ts'
import { loginOf, otpOf } from './pam.ts'
import { Refusal } from './refusal.ts'
import { readStdin } from './stdin.ts'
import { trustOf } from './trust.ts'

/**
 * Decides about a login: done means that it is allowed.
 * @throws {Refusal} in every other case
 */
export async function login(flags: Flags, environment: Environment, log: Log): Promise<void> {
  const correlation = randomId()
  log.note({ correlation })
  const who = loginOf(environment)
  log.note({ user: who.user, from: who.from, host: who.host })
  const config = readConfig(flags.config, flags)
  log.toFile(config.logFile)
  await inTime(config.deadline, async () => {
    require(mayAsk(who, config))
    const otp = otpOf(await readStdin())
    log.hide(otp)
    const here = who.host === undefined ? interfaces() : [who.host]
    const nonce = randomId()
    const { engine, answer } = await ask(config, {
      // an engine that is told the address compares it with that of the password alone, and knows nothing of our blocks
      question: { otp, username: who.user, nonce, ...(config.cidrs.length === 0 && { ip: here }) },
      correlation,
      until: config.deadline,
      tls: trustOf(config),
    })
    log.note({ engine: engine.name })
    if (answer.kind === 'echo') throw new Refusal('protocol', 'the engine answered with an echo')
    log.note({ role: answer.role })
    require(decide(answer, who, config, here))
  })
}

const randomId = () => randomBytes(16).toString('hex')

function require(decision: Decision): void {
  if (!decision.allowed) throw new Refusal('denied', decision.reason)
}

/** Gives up at `deadline`, in milliseconds since the program started, whatever it is that hangs. */
function inTime(deadline: number, work: () => Promise<void>): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    const expire = () => reject(new Refusal('deadline', 'not done in time'))
    setTimeout(expire, deadline - sinceStart())
  })
  return Promise.race([work(), late])
}
