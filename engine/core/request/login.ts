import type { Call } from '../../api/call.ts'
import { effectiveTtl } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Login, TokenSettings } from '../../api/login.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { refuseWrappingPolicy } from '../../api/wrapping-policy.ts'
import { entityForLogin } from '../../identity/entity-for-login.ts'
import type { Tx } from '../../storage/transact.ts'
import { isWithin } from '../../token/bound-cidrs.ts'
import { cappedPeriod } from '../../token/capped-period.ts'
import { sanePolicies } from '../../token/token-policies.ts'
import { newToken, putToken } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import { tokenMount } from '../token-mount.ts'
import { denyingLost } from './denying-lost.ts'

/**
 * Issues the token of a login: finds or creates the entity, and writes both in the transaction of the auth method. Contract §4.9.
 * @throws {ApiError} invalid for a token that an auth method cannot issue, denied for a disabled entity or an address outside the bound CIDRs
 */
export async function logIn(
  { mounts, log }: Core,
  tx: Tx,
  { login, call }: { readonly login: Login; readonly call: Call },
): Promise<Pick<Reply, 'auth' | 'warnings'>> {
  const { now, mount, path } = call
  const settings = login.token
  const policies = policiesOf(settings)
  requireAllowed(settings, call.address)
  const {
    entity,
    policies: identityPolicies,
    isNew,
  } = await denyingLost(() => entityForLogin(tx, login, { mount: mount.accessor, now }))
  if (isNew) log.info({ entity: entity.id, mount: mount.path }, 'entity created at first login')
  const { ttl, warnings } = lifeOf(settings, call)
  const secret = newToken()
  const token = putToken(tx, {
    hash: saltedHash(tokenMount(mounts).salt, secret),
    parent: undefined,
    path,
    displayName: login.displayName,
    policies,
    metadata: login.metadata,
    entity: entity.id,
    role: undefined,
    boundCidrs: settings.boundCidrs,
    renewable: true,
    ttl,
    period: settings.period,
    explicitMaxTtl: settings.explicitMaxTtl,
    maxTtl: effectiveTtl(mount, { ttl: mount.maxTtl, maxTtl: settings.maxTtl }),
    mount: mount.id,
    numUses: settings.numUses,
    createdAt: now.getTime(),
    expiresAt: now.getTime() + ttl * 1000,
  })
  const auth = {
    clientToken: secret,
    accessor: token.accessor,
    policies,
    identityPolicies,
    metadata: login.metadata,
    entity: entity.id,
    ttl,
    renewable: true,
    orphan: true,
    numUses: settings.numUses,
  }
  return { auth, ...(warnings.length > 0 && { warnings }) }
}

function policiesOf({ policies, noDefaultPolicy }: TokenSettings): readonly string[] {
  const wanted = sanePolicies(noDefaultPolicy ? policies : [...policies, 'default'])
  if (wanted.includes('root'))
    throw new ApiError('invalid', 'auth methods cannot create root tokens')
  refuseWrappingPolicy(wanted)
  return wanted
}

function requireAllowed({ boundCidrs }: TokenSettings, address: string): void {
  if (!isWithin(boundCidrs, address)) throw new ApiError('denied', 'permission denied')
}

function lifeOf({ ttl, maxTtl, explicitMaxTtl, period }: TokenSettings, { mount }: Call) {
  const limits = [mount.maxTtl, maxTtl, explicitMaxTtl].filter(limit => limit > 0)
  const longest = Math.min(...limits)
  if (period > 0) return cappedPeriod(period, longest)
  return { ttl: effectiveTtl(mount, { ttl, maxTtl: longest }), warnings: [] }
}
