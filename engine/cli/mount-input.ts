import { parseDuration } from '../../shared/duration.ts'
import { boolean, fieldKind, string, type Values } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { Json, JsonObject } from './envelope.ts'
import { texts } from './flags.ts'

/** A lease duration as the API takes it: seconds, or `system` for the default of the server. */
const leaseTtl = fieldKind({
  type: 'duration (sec)',
  schema: {},
  parse(raw) {
    if (typeof raw !== 'string') throw new Invalid('expected a duration')
    return raw === 'system' || raw === '-1' ? 'system' : `${parseDuration(raw)}s`
  },
})

export const MOUNT_TTLS = {
  'default-lease-ttl': leaseTtl({
    description:
      'Default lease duration, unless a role sets one. "system" is the default of the server.',
  }),
  'max-lease-ttl': leaseTtl({
    description: 'Maximum lease duration. "system" is the maximum of the server.',
  }),
}

const headers = 'No engine of Postern reads or sets them; for other servers.'

/** Settings of a mount that a command sends only if they are given. */
export const MOUNT_SETTINGS = {
  'audit-non-hmac-request-keys': texts({
    description:
      'Key of requests whose values the audit log shows in plain text. May be given several times.',
  }),
  'audit-non-hmac-response-keys': texts({
    description:
      'Key of responses whose values the audit log shows in plain text. May be given several times.',
  }),
  'listing-visibility': string({
    description: 'Whether it is listed to callers without a token: "unauth" or "hidden".',
  }),
  'passthrough-request-headers': texts({
    description: `Header of requests that the engine gets. May be given several times. ${headers}`,
  }),
  'allowed-response-headers': texts({
    description: `Header that the engine may set. May be given several times. ${headers}`,
  }),
}

/** Settings of an auth method, likewise. */
export const AUTH_SETTINGS = {
  ...MOUNT_SETTINGS,
  'token-type': string({
    description: 'Type of the tokens that the auth method issues: "default-service" or "service".',
  }),
}

/** Flags of commands that create a mount, stored for compatibility, without effect. */
export const NEW_MOUNT = {
  local: boolean({ description: 'Accepted for compatibility, without effect.', default: false }),
  'seal-wrap': boolean({
    description: 'Accepted for compatibility, without effect.',
    default: false,
  }),
}

/** The values of settings in a request: those that were given. */
export const settingsOf = (
  flags: Partial<Values<typeof AUTH_SETTINGS>>,
): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.keys(AUTH_SETTINGS).flatMap(name => {
      const value = flags[name as keyof typeof AUTH_SETTINGS]
      return value === undefined ? [] : [[name.replaceAll('-', '_'), value] as const]
    }),
  )

interface MountFlags extends Partial<Values<typeof AUTH_SETTINGS & typeof NEW_MOUNT>> {
  readonly description: string
  readonly 'default-lease-ttl': string | undefined
  readonly 'max-lease-ttl': string | undefined
  readonly 'force-no-cache'?: boolean
  readonly options?: Readonly<Record<string, string>> | undefined
}

/** The request body that creates a mount, as Vault's clients send it. */
export const mountInput = (type: string, flags: MountFlags): JsonObject => ({
  type,
  description: flags.description,
  config: {
    options: null,
    default_lease_ttl: ttl(flags['default-lease-ttl']),
    max_lease_ttl: ttl(flags['max-lease-ttl']),
    force_no_cache: flags['force-no-cache'] ?? false,
    ...settingsOf(flags),
  },
  options: flags.options ?? null,
  local: flags.local ?? false,
  seal_wrap: flags['seal-wrap'] ?? false,
  external_entropy_access: false,
})

const ttl = (text: string | undefined) => (text === undefined || text === 'system' ? '0s' : text)
