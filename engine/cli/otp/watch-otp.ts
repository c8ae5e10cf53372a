import { setTimeout as pause } from 'node:timers/promises'
import { attempt } from '../../../shared/result.ts'
import type { Client } from '../client.ts'
import { EXIT, Failure } from '../failure.ts'
import type { Interruption } from '../ssh/interruption.ts'
import { type OtpState, otpState } from '../ssh/otp-state.ts'

interface Watched {
  readonly mount: string
  readonly lease: string
  /** When to stop watching, by the monotonic clock, in milliseconds. */
  readonly until: number
}

interface Watching {
  readonly client: Client
  readonly interruption: Interruption
  /** Called with why the engine does not answer, and with `undefined` when it does again. */
  readonly onSilence: (reason: string | undefined) => void
}

/** Seconds that the engine waits for a change before it answers. */
const MAX_WAIT = 10
/** Milliseconds from one question to the next at the least. */
const MIN_PAUSE = 1_000

/**
 * Waits until something happens to a password. Undefined if nothing is known to have happened by then. An engine that does not answer is
 * asked again; one that has no such path is not.
 * @throws {Failure} on a signal, and if the token may not ask any more
 */
export async function watchOtp(
  { mount, lease, until }: Watched,
  { client, interruption, onSilence }: Watching,
): Promise<OtpState | undefined> {
  const left = () => until - performance.now()
  const rest = (most: number) =>
    pause(Math.max(0, Math.min(left(), most)), undefined, { signal: interruption.signal }).catch(
      () => interruption.signal.throwIfAborted(),
    )
  let told = false
  while (left() > 0) {
    const asked = performance.now()
    const wait = Math.min(MAX_WAIT, Math.ceil(left() / 1000))
    const ask = (seconds: number) =>
      interruption.unlessStopped(() => otpState(client, { mount, lease, wait: seconds }))
    const answer = await attempt(async () => {
      // the engine waits for the next change, whatever has happened before
      const now = await ask(0)
      told ||= now !== undefined
      return now?.state === 'waiting' ? await ask(wait) : now
    })
    interruption.signal.throwIfAborted()
    onSilence(answer.ok ? undefined : reasonOf(answer.error))
    if (answer.ok && answer.value === undefined && told) throw new Failure(NOT_TOLD, EXIT.server)
    if (answer.ok && answer.value === undefined) await rest(left())
    else if (answer.ok && answer.value?.state !== 'waiting') return answer.value
    await rest(MIN_PAUSE - (performance.now() - asked))
  }
  return undefined
}

const NOT_TOLD =
  'The engine does not say any more what becomes of the password: if the token has ended, the password has ended with it.\n\nLog in again with "postern login".'

const reasonOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
