import { randomUUID } from 'node:crypto'
import { ECHO_REQUEST } from '../../shared/otp.ts'
import { Secret } from '../../shared/secret.ts'
import type { VerifyReply } from '../../shared/verification.ts'
import { askOne } from '../ask.ts'
import { sinceStart } from '../clock.ts'
import type { Config, Engine } from '../config.ts'
import { hostIdentity } from '../host-identity.ts'
import { trustOf } from '../tls-trust.ts'
import { trustedKeys } from '../verify-keys.ts'

/**
 * Sends one engine the health check, with the settings of a login. The answer should be the echo.
 * @throws {PasswordUnused} if it was not asked
 * @throws {Refusal}
 */
export function askEcho(engine: Engine, config: Config): Promise<VerifyReply> {
  return askOne(
    engine,
    config,
    {
      request: { otp: new Secret(ECHO_REQUEST), nonce: randomUUID() },
      correlation: randomUUID(),
      until: sinceStart() + config.deadline,
      tls: trustOf(config),
      identity: hostIdentity(config),
      signed: { mount: config.mount, keys: trustedKeys(config) },
    },
    config.deadline,
  )
}
