import { boolean, string } from '../../../shared/field.ts'
import { readFields } from '../../../shared/read-fields.ts'
import { ApiError } from '../../api/errors.ts'
import { LOCKOUT, type LockoutSettings } from '../../api/lockout-settings.ts'
import type { Mount } from '../../core/mount.ts'
import { spanOf } from './mount-check.ts'

const fields = {
  lockout_threshold: string({ default: '', description: '' }),
  lockout_duration: string({ default: '', description: '' }),
  lockout_counter_reset_duration: string({ default: '', description: '' }),
  lockout_disable: boolean({ description: '' }),
}

/**
 * The lockout settings of a mount after the given changes; "system" and 0 stand for the defaults.
 * @throws {ApiError} invalid
 */
export function lockoutOf(
  { type, tuning }: Mount,
  given: Readonly<Record<string, unknown>>,
): LockoutSettings | undefined {
  if (Object.keys(given).length === 0) return undefined
  // machines present secrets that cannot be guessed, and other methods leave passwords to a provider
  if (type !== 'userpass')
    throw new ApiError(
      'invalid',
      `tuning of user lockout configuration for auth type "${type}" not allowed`,
    )
  const { values, unknown } = readFields(
    fields,
    given,
    (name, { message }) => new ApiError('invalid', `user_lockout_config: ${name}: ${message}`),
  )
  if (unknown.length > 0)
    throw new ApiError('invalid', `user_lockout_config: "${unknown[0]}" is not supported`)
  const old = tuning?.lockout ?? LOCKOUT
  return {
    threshold: threshold(values.lockout_threshold, old.threshold),
    duration: span('lockout_duration', values.lockout_duration, old.duration),
    counterReset: span(
      'lockout_counter_reset_duration',
      values.lockout_counter_reset_duration,
      old.counterReset,
    ),
    disable: values.lockout_disable ?? old.disable,
  }
}

function threshold(text: string, old: number): number {
  if (text === '') return old
  if (!/^\d{1,9}$/.test(text))
    throw new ApiError('invalid', 'user_lockout_config: lockout_threshold must be a whole number')
  return Number(text) || LOCKOUT.threshold
}

function span(name: string, text: string, old: number): number {
  if (text === '') return old
  const usual = name === 'lockout_duration' ? LOCKOUT.duration : LOCKOUT.counterReset
  return (text === 'system' ? 0 : spanOf(name, text)) || usual
}

/** As a mount shows them, if they are set. */
export const describeLockout = ({ tuning }: Mount) =>
  tuning?.lockout && {
    user_lockout_counter_reset_duration: tuning.lockout.counterReset,
    user_lockout_threshold: tuning.lockout.threshold,
    user_lockout_duration: tuning.lockout.duration,
    user_lockout_disable: tuning.lockout.disable,
  }
