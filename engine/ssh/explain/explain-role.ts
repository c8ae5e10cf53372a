import { splitList } from '../../../shared/split-list.ts'
import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Rights, RightsVerdict } from '../../api/rights.ts'
import { certificateType, principals } from '../ca/validators.ts'
import { requireReachable } from '../dynamic/dynamic-creds.ts'
import { allowedLogin, requirePrintable, type WantedLogin } from '../role/allowed-login.ts'
import { KEY_TYPES, type KeyType } from '../role/key-type.ts'
import type { CaRole, Role } from '../role/role.ts'
import { rendered } from '../role/templates.ts'

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
}

interface Asked {
  readonly login: WantedLogin
  readonly rights: Rights
  readonly call: Call
}

/** Judges as a request for the credential would be judged, policies first, and issues nothing. */
export async function explainRole(name: string, role: Role, asked: Asked): Promise<Explanation> {
  const { path, verdict } = judged(name, role.keyType, asked)
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

/** Whether policies allow some request for a credential of the role, whatever its kind. */
export const mayAsk = (name: string, asked: Asked): boolean =>
  KEY_TYPES.some(keyType => judged(name, keyType, asked).verdict.allowed)

/** For certificates there are two ways to ask; the first that the policies allow. */
function judged(name: string, keyType: KeyType, { login, rights, call }: Asked) {
  const judge = ([way, data]: Request) => {
    const path = `${call.mount.path}${way}/${name}`
    return { path, verdict: rights.judge({ path, data }) }
  }
  const [usual, ...others] = requestsFor(keyType, login)
  const first = judge(usual)
  if (first.verdict.allowed) return first
  return others.map(judge).find(({ verdict }) => verdict.allowed) ?? first
}

type Requests = readonly [Request, ...Request[]]
type Request = readonly [way: string, data: Readonly<Record<string, string>>]

/** What a client sends for a credential, as far as policies can look at it. */
function requestsFor(keyType: KeyType, { username, ip, host }: WantedLogin): Requests {
  if (keyType === 'ca') {
    const data = username === '' ? {} : { valid_principals: username }
    return [
      ['sign', { ...data, public_key: '' }],
      ['issue', data],
    ]
  }
  const user = username === '' ? {} : { username }
  return [['creds', { ...user, ...(host === '' ? { ip } : { host }) }]]
}

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
