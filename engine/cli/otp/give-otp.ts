import { setTimeout as pause } from 'node:timers/promises'
import { attempt } from '../../../shared/result.ts'
import { EXIT } from '../failure.ts'
import { revoke } from '../ssh/credential.ts'
import { defaultRole } from '../ssh/default-role.ts'
import { Interruption } from '../ssh/interruption.ts'
import type { LoginContext } from '../ssh/login-options.ts'
import { otpState } from '../ssh/otp-state.ts'
import { findTarget, type Target } from '../ssh/target.ts'
import { type IssuedOtp, issueOtp } from './issue-otp.ts'
import { otpEnd } from './otp-end.ts'
import { OtpScreen } from './otp-screen.ts'
import { showOtp } from './show-otp.ts'
import { watchOtp } from './watch-otp.ts'

interface OtpOptions {
  readonly mount: string
  /** Undefined for the one that fits the host. */
  readonly role: string | undefined
  /** Whether to ask at a terminal if several fit. */
  readonly asks: boolean
  /** The destination as the user wrote it. */
  readonly typed: string
  /** Name of an enrolled host; undefined for the host that ssh connects to. */
  readonly host: string | undefined
  readonly executable: string
  readonly copies: boolean
  readonly drawsCode: boolean
  /** Replace the password before it expires, until one is used. */
  readonly keeps: boolean
  /** Stay until something happens to the password. */
  readonly watches: boolean
}

/** Milliseconds before its end that a password is replaced at the most; short-lived ones when a fifth is left. */
const REPLACE_BEFORE = 30_000
/** The same, at the least: the engine waits for whole seconds, and is asked for up to one more than is left. */
const REPLACE_BEFORE_MIN = 1_500
/** Milliseconds until an engine that gave no fresh password is asked again. */
const RETRY_AFTER = 2_000

/** Issues a one-time password, shows it, and tells what becomes of it. A signal revokes it. Gives the exit code. */
export async function giveOtp(options: OtpOptions, context: LoginContext): Promise<number> {
  const { typed, host, executable } = options
  const program = { executable, environment: context.io.environment }
  const target = await findTarget(program, [typed], { resolve: host === undefined })
  const role = options.role ?? (await fittingRole(target, options, context))
  using interruption = new Interruption()
  const show = (otp: IssuedOtp) => showOtp(otp, { ...options, ...context, target })
  const issue = () =>
    issueOtp(target, { ...options, role }, { client: context.client, interruption })
  const first = await issue()
  try {
    await show(first)
  } catch (error) {
    await giveBack(first, context)
    throw error
  }
  // a server may grant no lease
  if (!options.watches || first.lease === '') return EXIT.ok
  return await watchAll(first, { options, context, interruption, issue, show })
}

async function fittingRole(
  target: Target,
  { mount, host, asks }: OtpOptions,
  context: LoginContext,
): Promise<string> {
  return (await defaultRole({ mount, host, mode: 'otp', asks }, target, context)).role
}

interface WatchRun {
  readonly options: OtpOptions
  readonly context: LoginContext
  readonly interruption: Interruption
  readonly issue: () => Promise<IssuedOtp>
  readonly show: (otp: IssuedOtp) => Promise<void>
}

async function watchAll(first: IssuedOtp, run: WatchRun): Promise<number> {
  const { context, interruption, options } = run
  const { mount, keeps } = options
  using screen = context.io.stdout.isTTY ? new OtpScreen() : undefined
  let current = first
  try {
    for (;;) {
      const { lease, expires, lifetime } = current
      screen?.countTo(expires)
      const early = Math.max(Math.min(REPLACE_BEFORE, lifetime / 5), REPLACE_BEFORE_MIN)
      const until = keeps ? expires - early : expires
      const onSilence = screen?.silence ?? (() => undefined)
      const watching = { client: context.client, interruption, onSilence }
      const state = await watchOtp({ mount, lease, until }, watching)
      screen?.clear()
      if (state !== undefined || !keeps) return ended(state, context)
      const next = await replaced(current, run)
      if ('code' in next) return next.code
      current = next
    }
  } catch (error) {
    screen?.[Symbol.dispose]()
    await giveBack(current, context)
    throw error
  }
}

function ended(state: Parameters<typeof otpEnd>[0], { print }: LoginContext): number {
  const { text, code } = otpEnd(state)
  print.note(text)
  return code
}

/** A fresh password; the old one, once more, if the engine gives none yet; or an exit code, if the old one was used meanwhile. */
async function replaced(
  old: IssuedOtp,
  { options: { mount }, context, interruption, issue, show }: WatchRun,
): Promise<IssuedOtp | { readonly code: number }> {
  const fresh = await attempt(issue)
  if (!fresh.ok) {
    interruption.signal.throwIfAborted()
    if (performance.now() + RETRY_AFTER > old.expires) throw fresh.error
    await interruption.unlessStopped(() => pause(RETRY_AFTER))
    return old
  }
  await attempt(() => revoke(old.credential, context.client))
  const state = await attempt(() => otpState(context.client, { mount, lease: old.lease }))
  if (state.ok && state.value?.state === 'used') {
    await giveBack(fresh.value, context)
    return { code: ended(state.value, context) }
  }
  await show(fresh.value)
  return fresh.value
}

/** Revokes a password that nobody waits for any more. */
async function giveBack(
  { credential, expires }: IssuedOtp,
  { client, print }: LoginContext,
): Promise<void> {
  const revoked = await attempt(() => revoke(credential, client))
  const left = Math.ceil((expires - performance.now()) / 1000)
  if (revoked.ok) print.note('The password is revoked.')
  else if (left > 0)
    print.note(`The password could not be revoked, and stays valid for ${left} seconds.`)
}
