import { duration } from '../../../shared/field.ts'
import { Secret } from '../../../shared/secret.ts'
import { type Call, callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { cappedPeriod } from '../../token/capped-period.ts'
import { findTokenRole } from '../../token/token-roles.ts'
import { extendToken, findCallersToken, findToken, type Token } from '../../token/tokens.ts'
import { authOf } from './auth-of.ts'
import { accessor, namedToken, token } from './token-reference.ts'

const increment = duration({
  default: 0,
  description:
    'Requested remaining lifetime, counted from now. Defaults to the lifetime with which the token was created.',
})

/** `renew`, `renew-self` and `renew-accessor`. Contract §4.4. */
export const tokenRenewal = [
  endpoint({
    path: 'renew',
    summary: 'Renews a token.',
    description: 'Extends the lifetime of the token, up to its maximum.',
    fields: { token, increment },
    operations: {
      update: async function renewToken({ token: text, increment: wanted }, call) {
        const found = await findToken(
          call.tx,
          saltedHash(call.mount.salt, new Secret(text)),
          call.now,
        )
        return renew(found, new Secret(text), wanted, call)
      },
    },
  }),
  endpoint({
    path: 'renew-self',
    summary: "Renews the caller's token.",
    description: 'Extends the lifetime of the token, up to its maximum.',
    fields: { increment, token },
    operations: {
      update: async function renewOwnToken({ increment: wanted }, call) {
        const caller = callerOf(call)
        // a token in its last use cannot be renewed
        const found = caller.lastUse ? undefined : await findCallersToken(call.tx, caller, call.now)
        return renew(found, caller.secret, wanted, call)
      },
    },
  }),
  endpoint({
    path: 'renew-accessor',
    summary: 'Renews the token of an accessor.',
    description: 'Extends the lifetime of the token, up to its maximum.',
    fields: { accessor, increment },
    operations: {
      update: async function renewTokenOfAccessor({ accessor: name, increment: wanted }, call) {
        return renew(await namedToken(name, call), new Secret(''), wanted, call)
      },
    },
  }),
]

async function renew(
  found: Token | undefined,
  secret: Secret,
  wanted: number,
  call: Call,
): Promise<Reply> {
  if (!found) throw new ApiError('invalid', 'token not found')
  const { tx, now, mount } = call
  if (found.role !== undefined && !(await findTokenRole(tx, found.role)))
    throw new ApiError(
      'invalid',
      `original token role ${JSON.stringify(found.role)} could not be found, not renewing`,
    )
  if (!found.renewable || found.expiresAt === undefined)
    throw new ApiError('invalid', 'lease is not renewable')
  const most = found.maxTtl ?? mount.maxTtl
  const explicit = found.explicitMaxTtl || Number.POSITIVE_INFINITY
  const longest = found.period > 0 ? explicit : Math.min(most, explicit)
  const last = found.createdAt + longest * 1000
  const { ttl: period, warnings } = cappedPeriod(found.period, Math.min(most, explicit))
  const asked = now.getTime() + (period || wanted || found.ttl) * 1000
  const expiresAt = Math.min(asked, last)
  if (expiresAt <= now.getTime()) throw new ApiError('invalid', 'past the max TTL, cannot renew')
  const renewed = extendToken(tx, found, expiresAt, now)
  return {
    data: null,
    auth: authOf(renewed, secret, Math.round((expiresAt - now.getTime()) / 1000)),
    ...(warnings.length > 0 && { warnings }),
  }
}
