import { parseDuration } from '../../shared/duration.ts'
import { fieldKind } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { JsonObject } from './envelope.ts'

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

interface MountFlags {
  readonly description: string
  readonly 'default-lease-ttl': string | undefined
  readonly 'max-lease-ttl': string | undefined
  readonly options?: Readonly<Record<string, string>> | undefined
}

/** The request body that creates a mount, as Vault's clients send it. */
export const mountInput = (type: string, flags: MountFlags): JsonObject => ({
  type,
  description: flags.description,
  config: {
    default_lease_ttl: ttl(flags['default-lease-ttl']),
    max_lease_ttl: ttl(flags['max-lease-ttl']),
    force_no_cache: false,
  },
  options: flags.options ?? null,
  local: false,
  seal_wrap: false,
})

const ttl = (text: string | undefined) => (text === undefined || text === 'system' ? '0s' : text)
