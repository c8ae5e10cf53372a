import { sshMounts } from '../api/mounts.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { fieldsOf, type Target } from './target.ts'

/** What a role gives for a login. */
export type CredentialKind = 'otp' | 'ca' | 'dynamic'

/** A role, and whether it lets the user in to a host. */
export interface Way {
  readonly mount: string
  readonly role: string
  readonly kind: CredentialKind
  /** Path of the API that gives the credential. */
  readonly path: string
  readonly allowed: boolean
  /** The user on the host; undefined where the role does not say. */
  readonly user: string | undefined
  /** Why it is not allowed. */
  readonly reason: string | undefined
}

interface Judged {
  readonly role: string
  readonly key_type: CredentialKind
  readonly path: string
  readonly allowed: boolean
  readonly username?: string
  readonly reason?: string
}

/** A password first, since one key press gives it. */
const KINDS: readonly CredentialKind[] = ['otp', 'ca', 'dynamic']

/** The ways into a host, those that the engine allows first. @throws {ApiFailure} */
export async function waysInto(target: Target, signal: AbortSignal): Promise<readonly Way[]> {
  const found = await Promise.all(
    sshMounts.value.map(mount => explained(mount, { ...fieldsOf(target) }, signal)),
  )
  return found
    .flat()
    .sort(
      (a, b) =>
        Number(b.allowed) - Number(a.allowed) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind),
    )
}

/** What a role gives. @throws {Error} for one that does not exist, or that the token may not use */
export async function wayBy(mount: string, role: string, signal: AbortSignal): Promise<Way> {
  const [way] = await explained(mount, { role }, signal)
  if (!way) throw new Error(text.access.noRole(role))
  return way
}

async function explained(
  mount: string,
  data: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly Way[]> {
  const reply = await ask(`${mount}/explain`, { method: 'POST', data, signal })
  return (reply.data.roles as readonly Judged[]).map(
    ({ role, key_type: kind, path, allowed, username: user, reason }) => ({
      ...{ mount, role, kind, path, allowed, user, reason },
    }),
  )
}
