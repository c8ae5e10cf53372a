import { splitList } from '../../../shared/split-list.ts'
import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Rights, RightsVerdict } from '../../api/rights.ts'
import { certificateType, principals } from '../ca/validators.ts'
import { requireReachable } from '../dynamic/dynamic-creds.ts'
import { allowedLogin, requirePrintable, type WantedLogin } from '../role/allowed-login.ts'
import type { KeyType } from '../role/key-type.ts'
import type { CaRole, Role } from '../role/role.ts'
import { rendered } from '../role/templates.ts'
import { type JudgedRole, requestsFor } from './judge-role.ts'
import { roleSummary } from './role-summary.ts'

/** Why somebody would, or would not, get a credential of a role. */
export interface Explanation {
  readonly role: string
  readonly key_type?: KeyType
  /** At which the credential is asked for. */
  readonly path?: string
  readonly allowed: boolean
  /** The user that it would be for. */
  readonly username?: string
  /** The policies that allow it. */
  readonly policies?: readonly string[]
  /** What refuses it first: the policies, or the role. */
  readonly refused_by?: 'policy' | 'role'
  readonly reason?: string
  /** What the role gives. */
  readonly gives?: object
  /** All policies that allow to ask for it. */
  readonly allowing_policies?: readonly string[]
}

interface Asked {
  readonly login: WantedLogin
  readonly call: Call
}

interface WholeAsked extends Asked {
  readonly rights: Rights
  readonly tellsPolicies: boolean
}

/** Judges as a request for the credential would be judged, policies first, and issues nothing. */
export async function explainRole(
  name: string,
  { role, path, verdict }: JudgedRole,
  asked: Asked,
): Promise<Explanation> {
  const about = { role: name, key_type: role.keyType, path }
  if (!verdict.allowed)
    return { ...about, allowed: false, refused_by: 'policy', reason: policyReason(path, verdict) }
  try {
    const username = await usernameIn(name, role, asked)
    return { ...about, allowed: true, username, policies: verdict.granting }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { ...about, allowed: false, refused_by: 'role', reason: error.message }
  }
}

/** Tells what a role gives at all, to whom, and if asked for by which policies. */
export async function explainWhole(
  name: string,
  { role, path, verdict }: JudgedRole,
  { login, rights, tellsPolicies, call }: WholeAsked,
): Promise<Explanation> {
  const requests = requestsFor(call.mount.path, { name, keyType: role.keyType, login })
  return {
    role: name,
    key_type: role.keyType,
    path,
    allowed: verdict.allowed,
    ...(verdict.allowed
      ? { policies: verdict.granting }
      : { refused_by: 'policy', reason: policyReason(path, verdict) }),
    gives: await roleSummary(name, role, call),
    ...(tellsPolicies && { allowing_policies: await rights.policiesAllowing(requests) }),
  }
}

/** Why policies refuse a request for a credential at a path. */
function policyReason(path: string, { ruled, denied }: RightsVerdict): string {
  if (!ruled) return `no policy has a rule for ${path}`
  return denied
    ? `a policy refuses "update" on ${path}, or these parameters`
    : `the policies grant no "update" on ${path}`
}

/** @throws {ApiError} for the first rule of the role that refuses the login */
async function usernameIn(name: string, role: Role, asked: Asked): Promise<string> {
  const { login, call } = asked
  if (role.keyType === 'ca') return principalIn(role, login.username, call)
  const allowed = await allowedLogin(role, { ...login, roleName: name }, call)
  const username = 'host' in allowed ? allowed.username : allowed.login.username
  if (!('host' in allowed) && allowed.role.keyType === 'dynamic')
    await requireReachable(allowed.role, allowed.login, call)
  else requirePrintable(username)
  return username
}

async function principalIn(stored: CaRole, username: string, call: Call): Promise<string> {
  const { role } = await rendered(stored, call)
  const request = { role, type: 'user' }
  const draft = { principals: splitList(username || role.defaultUser) }
  const reason = certificateType(request) ?? principals(request, draft)
  if (reason !== undefined) throw new ApiError('invalid', reason)
  return draft.principals.join(',')
}
