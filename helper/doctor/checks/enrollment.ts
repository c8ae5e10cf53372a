import { randomUUID } from 'node:crypto'
import { Secret } from '../../../shared/secret.ts'
import { askOne } from '../../ask.ts'
import { sinceStart } from '../../clock.ts'
import { askEngine, type EngineReply } from '../../commands/engine-request.ts'
import { hostReport } from '../../commands/host-report.ts'
import { PasswordUnused } from '../../exchange.ts'
import { Refusal } from '../../refusal.ts'
import { trustOf } from '../../tls-trust.ts'
import { trustedKeys } from '../../verify-keys.ts'
import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { enrollAgain } from './host-key.ts'

export const enrollment = check({
  name: 'enrollment',
  text: 'That the engine accepts requests of this host: signed with its key if it is enrolled, otherwise without a signature.',
  dependsOn: ['echo'],
  causes: {
    disabled: 'An administrator of the engine has disabled this host: every login is denied.',
    unknown:
      'The engine does not know the key of this host: it was deleted, or enrolled elsewhere. Every login is denied.',
    'not-enrolled': 'The engine accepts enrolled hosts only: every login is denied.',
    refused: 'The engine refuses this host for another reason.',
  },
  run: async context => {
    const { host } = context.config
    const refusal = host ? await signedRefusal(context) : await anonymousRefusal(context)
    if (refusal === undefined) return undefined
    const name = host?.name ?? 'NAME'
    const failure = { level: 'failure', says: refusal } as const
    if (/is disabled/.test(refusal))
      return {
        ...failure,
        cause: 'disabled',
        mend: `postern write ${context.config.mount}/hosts/${name} disabled=false   # on the engine, unless its key may be stolen`,
      }
    if (/not signed with the key/.test(refusal))
      return { ...failure, cause: 'unknown', mend: enrollAgain(name) }
    return /enrolled hosts only/.test(refusal)
      ? { ...failure, cause: 'not-enrolled', mend: enrollAgain(name) }
      : { ...failure, cause: 'refused', mend: 'journalctl -u postern -n 50   # on the engine' }
  },
})

/** What the engine says to a request that this host signs; undefined if it accepts it. */
async function signedRefusal({ config }: Context): Promise<string | undefined> {
  try {
    const report = hostReport(config)
    const reply = await askEngine(config, { method: 'GET', path: 'verify/keys', report })
    return reply.status === 200 ? undefined : errorsIn(reply)
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

function errorsIn(reply: EngineReply): string {
  try {
    const { errors } = JSON.parse(reply.body.toString()) as { readonly errors?: unknown }
    return Array.isArray(errors) ? errors.join('; ') : `status ${reply.status}`
  } catch {
    return `status ${reply.status}`
  }
}

/** What the engine says to a password that does not exist, if that is about the host. */
async function anonymousRefusal(context: Context): Promise<string | undefined> {
  const { config } = context
  const { engine } = await context.engine()
  const request = { otp: new Secret(randomUUID()), nonce: randomUUID() }
  const until = sinceStart() + config.deadline
  const signed = { mount: config.mount, keys: trustedKeys(config) }
  const asked = { request, correlation: randomUUID(), until, tls: trustOf(config), signed }
  try {
    await askOne(engine, config, { ...asked, identity: undefined }, config.deadline)
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof PasswordUnused)) throw error
    return /enrolled hosts only/.test(error.message) ? error.message : undefined
  }
}
