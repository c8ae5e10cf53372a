import { ApiFailure, type ApiRequest, type Envelope, send } from './api/request.ts'
import { type ReadonlySignal, signal } from './preact.ts'
import { text } from './text.ts'

/** Who is logged in. The token itself is in no signal, so that no component can show it. */
export interface Session {
  /** `alice`, or the display name of the token. */
  readonly name: string
  readonly policies: readonly string[]
  /** When the token expires by the monotonic clock, in milliseconds; undefined for one that does not expire. */
  readonly expires: number | undefined
}

/** Why there is no session any more; `not-revoked`: the user has left, but what was issued lasts, as the engine did not answer. */
export type SessionEnd = 'leaving' | 'logged-out' | 'not-revoked' | 'expired'

let token: string | undefined
const current = signal<Session | undefined>(undefined)
const end = signal<SessionEnd | undefined>(undefined)
const closing: (() => void)[] = []

export const session: ReadonlySignal<Session | undefined> = current
export const sessionEnd: ReadonlySignal<SessionEnd | undefined> = end

/** Calls a function whenever a session ends, so that nothing of it remains in the page. */
export const atSessionEnd = (forget: () => void): number => closing.push(forget)

/** Tells from now on whether the session is the one of now. */
export function isSameSession(): () => boolean {
  const own = token
  return () => token === own
}

/** Begins a session with a token. @throws {ApiFailure} if the engine does not accept it */
export async function begin(fresh: string): Promise<void> {
  // of any other the browser would make no header
  if (!/^[\x21-\x7e]+$/.test(fresh)) throw new ApiFailure(text.login.notToken)
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

/** Forgets the token at once, and revokes it with everything that was issued to it. */
export async function logOut(): Promise<void> {
  const left = token
  forget('leaving')
  const how = await revoked(left)
  if (end.value === 'leaving') end.value = how
}

async function revoked(left: string | undefined): Promise<SessionEnd> {
  try {
    await send('auth/token/revoke-self', { method: 'POST', token: left })
    return 'logged-out'
  } catch (error) {
    // a token that the engine does not know has ended already
    return error instanceof ApiFailure && error.status === 403 ? 'logged-out' : 'not-revoked'
  }
}

/**
 * Sends a request with the token of the session. A token that is not valid any more ends the session.
 * @throws {ApiFailure} also if the session has ended meanwhile: the reply is not for whoever is here now
 */
export async function ask(path: string, request: ApiRequest = {}): Promise<Envelope> {
  const used = token
  try {
    const reply = await send(path, { ...request, token: used })
    if (token !== used) throw new ApiFailure(text.session.over)
    return reply
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
