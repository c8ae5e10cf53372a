import type { Call } from '../../api/call.ts'
import type { Rights, RightsVerdict } from '../../api/rights.ts'
import type { WantedLogin } from '../role/allowed-login.ts'
import { KEY_TYPES, type KeyType } from '../role/key-type.ts'
import type { Role } from '../role/role.ts'

/** A role, and what policies say about a request for its credential. */
export interface JudgedRole {
  readonly role: Role
  /** At which the credential is asked for. */
  readonly path: string
  readonly verdict: RightsVerdict
}

interface Asked {
  readonly login: WantedLogin
  readonly rights: Pick<Rights, 'judge'>
  readonly call: Pick<Call, 'mount'>
}

/** What policies say about a request for a credential of the role. */
export const judgeRole = (name: string, role: Role, asked: Asked): JudgedRole => ({
  role,
  ...judged(name, role.keyType, asked),
})

/** Whether policies allow to ask for credentials of this name, whatever kind of role has it. */
export const mayAskForAny = (name: string, asked: Asked): boolean =>
  KEY_TYPES.every(keyType => judged(name, keyType, asked).verdict.allowed)

/** Whether policies may allow to ask for any credential of the mount. */
export const mayAskAtAll = (rights: Pick<Rights, 'reaches'>, mount: string): boolean =>
  ['creds/', 'sign/', 'issue/'].some(place => rights.reaches(`${mount}${place}`))

/** For certificates there are two ways to ask; the first that the policies allow. */
function judged(name: string, keyType: KeyType, { login, rights, call }: Asked) {
  const judge = ({ path, data }: Request) => ({ path, verdict: rights.judge({ path, data }) })
  const [usual, ...others] = requestsFor(call.mount.path, { name, keyType, login })
  const first = judge(usual)
  if (first.verdict.allowed) return first
  return others.map(judge).find(({ verdict }) => verdict.allowed) ?? first
}

interface Request {
  readonly path: string
  readonly data: Readonly<Record<string, string>> | undefined
}

interface Wanted {
  readonly name: string
  readonly keyType: KeyType
  readonly login: WantedLogin
}

/**
 * What a client sends for a credential, as far as policies can look at it, the usual request first. Without an address and a host it is
 * any request for one.
 */
export function requestsFor(
  mount: string,
  { name, keyType, login: { username, ip, host } }: Wanted,
): readonly [Request, ...Request[]] {
  const isAny = ip === '' && host === ''
  if (keyType === 'ca') {
    const data = username === '' ? {} : { valid_principals: username }
    return [
      { path: `${mount}sign/${name}`, data: isAny ? undefined : { ...data, public_key: '' } },
      { path: `${mount}issue/${name}`, data: isAny ? undefined : data },
    ]
  }
  const user = username === '' ? {} : { username }
  const data = { ...user, ...(host === '' ? { ip } : { host }) }
  return [{ path: `${mount}creds/${name}`, data: isAny ? undefined : data }]
}
