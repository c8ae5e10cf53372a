import { duration, oneOf } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { replyKeys } from '../otp/reply-keys.ts'

/** Who may verify, and how far the clocks of hosts may be off. */
export interface VerifySettings {
  /** Whether requests are answered that no host has signed. */
  readonly anonymous: 'allow' | 'deny'
  /** Seconds. */
  readonly maxSkew: number
}

const DEFAULTS: VerifySettings = { anonymous: 'allow', maxSkew: 300 }

const [LEAST, MOST] = [1, 86_400]

const table = new Table<VerifySettings>('verify-settings/', { cached: true })

const ALL = 'all'

/** The settings. Every mount that has keys for replies has them: where they are missing then, somebody has deleted them, and nothing is allowed. */
export async function verifySettings(tx: Tx): Promise<VerifySettings> {
  const found = await table.get(tx, ALL)
  if (found) return found
  return (await replyKeys(tx)) ? { ...DEFAULTS, anonymous: 'deny' } : DEFAULTS
}

/** Writes the settings of a mount that has none yet: before its keys for replies are made. */
export async function requireVerifySettings(tx: Tx): Promise<void> {
  if (!(await table.get(tx, ALL)) && !(await replyKeys(tx))) table.put(tx, ALL, DEFAULTS)
}

/** `config/verify`: who may verify. */
export const verifySettingsEndpoint = endpoint({
  path: 'config/verify',
  summary: 'Sets who may verify one-time passwords.',
  description:
    'With anonymous=deny only hosts that are enrolled and not disabled can verify. Clients that sign nothing, such as vault-ssh-helper, are then refused. What is not sent stays as it is.',
  fields: {
    anonymous: oneOf(
      'allow',
      'deny',
    )({
      description:
        'Whether requests that no host has signed are answered: "allow", as until it is set, or "deny".',
    }),
    max_skew: duration({
      description:
        'How far the clock of a host may be off before its requests for the KRL, the keys of verify and certificates are refused; 5 minutes until it is set. Logins are not refused for it.',
    }),
  },
  operations: {
    read: async function readVerifySettings(_, { tx }) {
      const { anonymous, maxSkew } = await verifySettings(tx)
      return { data: { anonymous, max_skew: maxSkew } }
    },
    update: async function writeVerifySettings({ anonymous, max_skew: maxSkew }, { tx }) {
      if (maxSkew !== undefined && (maxSkew < LEAST || maxSkew > MOST))
        throw new ApiError('invalid', `max_skew must be from ${LEAST} to ${MOST} seconds`)
      const before = await verifySettings(tx)
      table.put(tx, ALL, {
        anonymous: anonymous ?? before.anonymous,
        maxSkew: maxSkew ?? before.maxSkew,
      })
      return undefined
    },
  },
})
