import { ApiFailure } from '../api/request.ts'
import { ask, isSameSession } from '../session.ts'
import { type Credential, end } from './credential.ts'
import type { OtpOutcome } from './otp-outcome.ts'

/** Seconds that the engine waits for an event before it answers. */
const WAIT = 20
/** Milliseconds until an engine that did not answer is asked again. */
const AGAIN = 2_000
/** Milliseconds between two questions about a password, of which only the newest is waited for. */
const BETWEEN = 1_000
/** Milliseconds before its end that a password is replaced; a short-lived one when a fifth is left. */
const REPLACE_BEFORE = 30_000

/**
 * Watches a password until it is used or has ended, and replaces one that its user wants to keep before it expires. It goes on while the
 * engine does not answer, and stops with the session.
 */
export async function watchOtp(otp: Credential, { replace, isFirst }: Watching): Promise<void> {
  const isSame = isSameSession()
  while (otp.outcome.value === undefined && isSame())
    if (!(otp.keeps.value && isNearEnd(otp) && (await isDone(replace))))
      await lookOnce(otp, isFirst)
}

const isDone = (action: () => Promise<unknown>) =>
  action().then(
    () => true,
    () => false,
  )

interface Watching {
  readonly replace: () => Promise<unknown>
  /** Whether it is the newest one that is valid. Browsers keep few connections to an engine, and each wait holds one. */
  readonly isFirst: () => boolean
}

const isNearEnd = ({ expires, lifetime }: Credential) =>
  expires - performance.now() < Math.min(REPLACE_BEFORE, lifetime / 5)

async function lookOnce(otp: Credential, isFirst: () => boolean): Promise<void> {
  const left = otp.expires - performance.now()
  if (left <= -1_000) return end(otp, { state: otp.kind === 'otp' ? 'unknown' : 'expired' })
  const waits = isFirst() && !document.hidden
  const stopped = waits ? stopsWaiting(otp) : new AbortController()
  try {
    const outcome = await outcomeWithin(otp, waits ? left : 0, stopped.signal)
    otp.silent.value = false
    if (outcome) end(otp, outcome)
    else if (!waits) await pause(BETWEEN)
  } catch (error) {
    if (stopped.signal.aborted) return
    if (isFinal(error)) return end(otp, { state: 'unknown' })
    otp.silent.value = true
    await pause(AGAIN)
  } finally {
    stopped.abort()
  }
}

let stopLast = new AbortController()

/** Ends a wait when another begins, or when the user wants the password to be kept or not any more. */
function stopsWaiting({ keeps }: Credential): AbortController {
  stopLast.abort()
  const stopped = new AbortController()
  stopLast = stopped
  const before = keeps.peek()
  const ignore = keeps.subscribe(now => {
    if (now !== before) stopped.abort()
  })
  stopped.signal.addEventListener('abort', ignore)
  return stopped
}

/** Whether asking again is of no use: it is another engine than ours. A rate limit says nothing about the password. */
const isFinal = (error: unknown) =>
  error instanceof ApiFailure &&
  error.status !== undefined &&
  error.status < 500 &&
  error.status !== 429

/** What became of it, now, or within the milliseconds that are left; undefined if it is still valid. @throws {ApiFailure} */
async function outcomeWithin(
  otp: Credential,
  left: number,
  signal: AbortSignal,
): Promise<OtpOutcome | undefined> {
  if (otp.kind === 'dynamic') {
    await pause(Math.min(left + 1_000, AGAIN))
    return undefined
  }
  const untilReplaced = otp.keeps.value ? left - Math.min(REPLACE_BEFORE, otp.lifetime / 5) : left
  const seconds = left > 0 ? Math.max(1, Math.min(WAIT, Math.ceil(untilReplaced / 1000))) : 0
  const { data } = await ask(`${otp.mount}/otp`, {
    method: 'POST',
    data: { lease_id: otp.lease, wait: seconds },
    waits: seconds * 1000,
    signal,
  })
  if (data.state === 'waiting') return undefined
  const outcome = data as OtpOutcome
  if (outcome.state !== 'refused' || !outcome.misses_left) return outcome
  otp.refusal.value = outcome
  return undefined
}

const pause = (milliseconds: number) => new Promise(done => setTimeout(done, milliseconds))
