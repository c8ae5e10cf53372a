import { ApiFailure } from '../api/request.ts'
import { ask, session } from '../session.ts'
import { type Credential, end } from './credential.ts'
import type { OtpOutcome } from './otp-outcome.ts'

/** Seconds that the engine waits for an event before it answers. */
const WAIT = 20
/** Milliseconds until an engine that did not answer is asked again. */
const AGAIN = 2_000
/** Milliseconds before its end that a password is replaced; a short-lived one when a fifth is left. */
const REPLACE_BEFORE = 30_000

/**
 * Watches a password until it is used or has ended, and replaces one that its user wants to keep before it expires. It goes on while the
 * engine does not answer, and stops with the session.
 */
export async function watchOtp(otp: Credential, replace: () => Promise<void>): Promise<void> {
  const own = session.value
  while (otp.outcome.value === undefined && session.value === own) {
    if (otp.keeps.value && isNearEnd(otp)) await replace().catch(() => undefined)
    else await lookOnce(otp)
  }
}

const isNearEnd = ({ expires, lifetime }: Credential) =>
  expires - performance.now() < Math.min(REPLACE_BEFORE, lifetime / 5)

async function lookOnce(otp: Credential): Promise<void> {
  const left = otp.expires - performance.now()
  if (left <= -1_000) return end(otp, { state: otp.kind === 'otp' ? 'unknown' : 'expired' })
  try {
    const outcome = await outcomeWithin(otp, left)
    otp.silent.value = false
    if (outcome) end(otp, outcome)
  } catch (error) {
    // another engine than ours, or a session that has ended
    if (error instanceof ApiFailure && error.status !== undefined && error.status < 500)
      return end(otp, { state: 'unknown' })
    otp.silent.value = true
    await pause(AGAIN)
  }
}

/** What became of it within the next seconds; undefined if it is still valid. @throws {ApiFailure} */
async function outcomeWithin(otp: Credential, left: number): Promise<OtpOutcome | undefined> {
  if (otp.kind === 'dynamic') {
    await pause(Math.min(left + 1_000, AGAIN))
    return undefined
  }
  const untilReplaced = otp.keeps.value ? left - Math.min(REPLACE_BEFORE, otp.lifetime / 5) : left
  const seconds = Math.max(1, Math.min(WAIT, Math.ceil(untilReplaced / 1000)))
  const { data } = await ask(`${otp.mount}/otp`, {
    method: 'POST',
    data: { lease_id: otp.lease, wait: seconds },
    waits: seconds * 1000,
  })
  if (data.state === 'waiting') return undefined
  const outcome = data as OtpOutcome
  if (outcome.state !== 'refused' || !outcome.misses_left) return outcome
  otp.refusal.value = outcome
  return undefined
}

const pause = (milliseconds: number) => new Promise(done => setTimeout(done, milliseconds))
