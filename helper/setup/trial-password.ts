import { Secret } from '../../shared/secret.ts'
import { askEngine, memberOf, requireStatus } from '../commands/engine-request.ts'
import { hostReport } from '../commands/host-report.ts'
import type { Config } from '../config.ts'
import { Refusal } from '../refusal.ts'

/**
 * A one-time password that only the trial on this host redeems; undefined if the engine is of a version that issues none.
 * @throws {Refusal}
 */
export async function requestTrialPassword(
  config: Config,
  user: string,
): Promise<Secret | undefined> {
  const role = config.roles.includes('*') ? 'self-test' : (config.roles[0] ?? '')
  const reply = await askEngine(config, {
    ...{
      method: 'PUT',
      path: `hosts/${config.host?.name}/self-test`,
      body: { username: user, role },
    },
    report: hostReport(config),
  })
  if (reply.status === 404) return undefined
  requireStatus(reply, [200], 'a password for the trial')
  const key = memberOf(reply, 'data', 'key')
  if (typeof key !== 'string')
    throw new Refusal('protocol', 'the engine issued no password for the trial')
  return new Secret(key)
}
