import { editToml, tomlLines, withoutKey } from '../commands/edit-toml.ts'

/** What the first line of a helper.toml that a set-up has made says. */
export const TOML_HEADING =
  '# Settings of postern-helper, written by "postern-helper setup". helper.toml(5) has all keys.\n'

/** Keys that `setup` and `enroll` write. */
const KEYS = [
  'vault_addr',
  'ca_cert',
  'ssh_mount_point',
  'allowed_roles',
  'verify_keys',
  'host_name',
  'host_key',
]

/**
 * A helper.toml that was changed since, without what a set-up has written: the keys that others have added stay, and those that it has
 * changed have their old values. Undefined if only comments are left.
 * @param original the text before the set-up
 */
export function withoutTomlLines(text: string, original: string | undefined): string | undefined {
  const old = new Map(tomlLines(original ?? '').filter(([key]) => KEYS.includes(key)))
  const rest = KEYS.filter(key => !old.has(key)).reduce(withoutKey, text.replace(TOML_HEADING, ''))
  const whole = editToml(rest, [...old])
  return original !== undefined || /^\s*[^#\s]/m.test(whole) ? whole : undefined
}
