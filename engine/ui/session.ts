import { ApiFailure, type ApiRequest, type Envelope, send } from './api/request.ts'
import { type ReadonlySignal, signal } from './preact.ts'

/** Who is logged in. The token itself is in no signal, so that no component can show it. */
export interface Session {
  /** `alice`, or the display name of the token. */
  readonly name: string
  readonly policies: readonly string[]
  /** When the token expires by the monotonic clock, in milliseconds; undefined for one that does not expire. */
  readonly expires: number | undefined
}

/** Why there is no session any more. */
export type SessionEnd = 'logged-out' | 'expired'

let token: string | undefined
const current = signal<Session | undefined>(undefined)
const end = signal<SessionEnd | undefined>(undefined)
const closing: (() => void)[] = []

export const session: ReadonlySignal<Session | undefined> = current
export const sessionEnd: ReadonlySignal<SessionEnd | undefined> = end

/** Calls a function whenever a session ends, so that nothing of it remains in the page. */
export const atSessionEnd = (forget: () => void): number => closing.push(forget)

/** Begins a session with a token. @throws {ApiFailure} if the engine does not accept it */
export async function begin(fresh: string): Promise<void> {
  const { data } = await send('auth/token/lookup-self', { token: fresh })
  token = fresh
  end.value = undefined
  current.value = {
    name: data.meta?.username ?? data.display_name,
    policies: data.policies,
    expires: data.ttl > 0 ? performance.now() + data.ttl * 1000 : undefined,
  }
}

/** Lets the session last longer, if the token may be renewed. @throws {ApiFailure} */
export async function renew(): Promise<void> {
  const { auth } = await ask('auth/token/renew-self', { method: 'POST', data: {} })
  const own = current.value
  if (auth && own)
    current.value = { ...own, expires: performance.now() + auth.lease_duration * 1000 }
}

/** Ends a session whose token has expired. */
export const expire = (): void => forget('expired')

/** Revokes the token, with everything that was issued to it, and forgets it, whether the engine answers or not. */
export async function logOut(): Promise<void> {
  const left = token
  forget('logged-out')
  await send('auth/token/revoke-self', { method: 'POST', token: left }).catch(() => undefined)
}

/**
 * Sends a request with the token of the session. A token that is not valid any more ends the session.
 * @throws {ApiFailure}
 */
export async function ask(path: string, request: ApiRequest = {}): Promise<Envelope> {
  const used = token
  try {
    return await send(path, { ...request, token: used })
  } catch (error) {
    const refused = error instanceof ApiFailure && error.status === 403
    if (refused && used !== undefined && used === token && !(await isValid(used))) forget('expired')
    throw error
  }
}

/** Whether a token is valid, as far as the engine tells: policies refuse with the same status as a token that has expired. */
async function isValid(asked: string): Promise<boolean> {
  try {
    await send('auth/token/lookup-self', { token: asked })
    return true
  } catch (error) {
    return !(error instanceof ApiFailure && error.status === 403)
  }
}

function forget(why: SessionEnd): void {
  token = undefined
  current.value = undefined
  end.value = why
  for (const each of closing) each()
}
