import { boolean, duration, integer, string, type Values } from '../../../shared/field.ts'
import { command } from '../command.ts'
import type { JsonObject } from '../envelope.ts'
import { during, EXIT } from '../failure.ts'
import { pairs } from '../flags.ts'
import { AUTH_SETTINGS, MOUNT_TTLS, settingsOf } from '../mount-input.ts'
import { mountPath } from '../path.ts'

const LOCKOUT = {
  'user-lockout-threshold': integer({
    description: 'Number of wrong passwords after which a name of userpass is locked.',
  }),
  'user-lockout-duration': duration({ description: 'How long such a name stays locked.' }),
  'user-lockout-counter-reset-duration': duration({
    description: 'How long after the last wrong password the count begins again.',
  }),
  'user-lockout-disable': boolean({ description: 'Lock no names.' }),
}

/** The settings of the lockout, with those names that the API has. */
function lockoutOf(flags: Values<typeof LOCKOUT>): JsonObject {
  const config = {
    lockout_threshold: flags['user-lockout-threshold']?.toString(),
    lockout_duration: inSeconds(flags['user-lockout-duration']),
    lockout_counter_reset_duration: inSeconds(flags['user-lockout-counter-reset-duration']),
    lockout_disable: flags['user-lockout-disable'],
  }
  const given = Object.entries(config).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return given.length > 0 ? { user_lockout_config: Object.fromEntries(given) } : {}
}

const inSeconds = (seconds: number | undefined) =>
  seconds === undefined ? undefined : `${seconds}s`

export const authTune = command({
  name: 'auth tune',
  summary: 'Change the settings of an auth method',
  usage: '[options] PATH',
  text: `
Changes the given settings of the auth method at a path; the others stay as they are.

Tokens with a TTL of one hour, renewable for a day:

    $ postern auth tune -default-lease-ttl=1h -max-lease-ttl=24h userpass/`,
  flags: {
    ...MOUNT_TTLS,
    description: string({ description: 'Description of the auth method.' }),
    ...AUTH_SETTINGS,
    ...LOCKOUT,
    options: pairs({
      description: 'Option of the auth method, as key=value. May be given several times.',
    }),
    'case-sensitive-aliases': boolean({
      description: 'Whether user names that differ only in case belong to different entities.',
    }),
  },
  arguments: [1, 1],
  names: { arguments: ['auth'] },
  async run({ args: [typed = ''], flags, print, connect }) {
    const path = mountPath(typed)
    const { description, options } = flags
    const caseSensitive = flags['case-sensitive-aliases']
    const changes = {
      // as other clients send what was not given: it stays as it is
      default_lease_ttl: flags['default-lease-ttl'] ?? '',
      max_lease_ttl: flags['max-lease-ttl'] ?? '',
      options: options ?? null,
      force_no_cache: false,
      ...(description !== undefined && { description }),
      ...settingsOf(flags),
      ...lockoutOf(flags),
      ...(caseSensitive !== undefined && { case_sensitive_aliases: caseSensitive }),
    }
    const work = connect().post(`sys/mounts/auth/${path}tune`, changes)
    print.warnings(await during(`Error tuning auth method ${path}`, work))
    print.line(`Success! Tuned the auth method at: ${path}`)
    return EXIT.ok
  },
})
