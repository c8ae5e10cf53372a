import { signal } from '../preact.ts'
import { ask, atSessionEnd } from '../session.ts'
import { type Credential, end } from './credential.ts'
import { fieldsOf, type Target } from './target.ts'
import { watchOtp } from './watch-otp.ts'

/** What was issued to this session in this tab, the newest first. */
export const credentials = signal<readonly Credential[]>([])

/** How many are remembered, those that have ended included. */
const MOST = 20

atSessionEnd(() => {
  for (const { secret } of credentials.value) secret.value = undefined
  credentials.value = []
  underWay.clear()
})

/** A role of a mount. */
export interface RolePath {
  readonly mount: string
  readonly role: string
}

/** What is being requested, by what it is for. */
const underWay = new Map<string, Promise<Credential>>()

/** Requests a password or a key for a host, once however often it is clicked, and watches it until it ends. @throws {ApiFailure} */
export function issue(by: RolePath, target: Target, { keeps = false } = {}): Promise<Credential> {
  const what = JSON.stringify([by.mount, by.role, target.user, target.host])
  const begun = underWay.get(what) ?? requested(by, target, keeps)
  underWay.set(what, begun)
  return begun.finally(() => underWay.delete(what))
}

async function requested(
  { mount, role }: RolePath,
  target: Target,
  keeps: boolean,
): Promise<Credential> {
  const begun = performance.now()
  const reply = await ask(`${mount}/creds/${role}`, { method: 'POST', data: fieldsOf(target) })
  const { data, lease_id: lease = '', lease_duration: seconds = 0 } = reply
  const fresh: Credential = {
    kind: data.key_type,
    ...{ mount, role, lease, host: target.host, user: data.username, port: data.port },
    secret: signal(data.key),
    expires: begun + seconds * 1000,
    lifetime: seconds * 1000,
    outcome: signal(undefined),
    refusal: signal(undefined),
    silent: signal(false),
    keeps: signal(keeps),
  }
  credentials.value = [fresh, ...credentials.value].slice(0, MOST)
  const newest = () => credentials.peek().find(isLiveOtp)
  void watchOtp(fresh, { replace: () => replace(fresh), isFirst: () => newest() === fresh })
  return fresh
}

const isLiveOtp = ({ kind, outcome }: Credential) => kind === 'otp' && outcome.peek() === undefined

/** Revokes a credential; on an error it stays as it is. @throws {ApiFailure} */
export async function revoke(credential: Credential): Promise<void> {
  await ask('sys/leases/revoke', { method: 'POST', data: { lease_id: credential.lease } })
  end(credential, { state: 'revoked' })
}

/** Requests another credential like one, shows it in its place, and revokes the old one. @throws {ApiFailure} */
export async function replace(old: Credential): Promise<void> {
  const { host, user } = old
  await issue(old, { host, user }, { keeps: old.keeps.value })
  old.keeps.value = false
  // it expires soon by itself
  await revoke(old).catch(() => undefined)
  if (old.outcome.value?.state === 'revoked')
    credentials.value = credentials.value.filter(each => each !== old)
}
