import { Invalid } from '../../../shared/invalid.ts'
import { shown } from '../../../shared/printable.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { requireOptionValues } from '../../openssh/key-option-values.ts'
import { parseKeyOptions } from '../../openssh/key-options.ts'
import { requireKnownHosts } from '../../openssh/known-hosts.ts'
import { parsePublicKey } from '../../openssh/public-key.ts'
import { DEFAULT_KEY_BITS } from './dynamic-settings.ts'
import { requireLifetimes } from './lifetimes.ts'
import { LONGEST_INSTALL } from './longest-install.ts'
import type { DynamicRole } from './role.ts'
import type { RoleValues } from './role-fields.ts'
import { storeSettings } from './role-setting.ts'
import { roleSettings } from './role-settings.ts'
import { runnableScript } from './runnable-script.ts'
import { isTemplate } from './templates.ts'

const KEY_BITS = [1024, 2048, 3072, 4096, 8192]

const invalid = (message: string) => new ApiError('invalid', message)

/**
 * Requires a user name without any meaning to a shell, to sshd or in a path.
 * @throws {ApiError} invalid; the name is neither quoted nor corrected
 */
export function requireUserName(name: string, what: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(name))
    throw invalid(`${what} ${shown(name)} is not a name that keys can be installed for`)
}

/** A role of type dynamic. Checks in the order of the contract §2.2. @throws {ApiError} invalid */
export async function dynamicRole(
  given: RoleValues,
  hasKey: (name: string) => Promise<boolean>,
): Promise<DynamicRole> {
  if (given.default_user === '') throw invalid('missing default user')
  if (given.key === '') throw invalid('missing key name')
  if (!(await hasKey(given.key))) throw invalid(`invalid 'key': ${JSON.stringify(given.key)}`)
  if (given.admin_user === '') throw invalid('missing admin username')
  const keyBits = given.key_bits || DEFAULT_KEY_BITS
  if (!KEY_BITS.includes(keyBits)) throw invalid('invalid key_bits field')
  // the value of a template is checked when a key is issued
  if (!given.default_user_template || !isTemplate(given.default_user))
    requireUserName(given.default_user, 'default_user')
  requireUserName(given.admin_user, 'admin_user')
  if (given.port < 0 || given.port > 65_535) throw invalid('port must be between 1 and 65535')
  if (given.install_timeout < 1 || given.install_timeout > LONGEST_INSTALL)
    throw invalid(`install_timeout must be between 1 and ${LONGEST_INSTALL} seconds`)
  parseAs('invalid key_option_specs: ', () =>
    requireOptionValues(parseKeyOptions(given.key_option_specs), new Date()),
  )
  parseAs('invalid install_script: ', () => requireInterpreter(given.install_script))
  parseAs('invalid host_keys: ', () => given.host_keys.map(parsePublicKey))
  parseAs('invalid known_hosts: ', () => requireKnownHosts(given.known_hosts))
  requireLifetimes(given)
  return { keyType: 'dynamic', ...storeSettings(roleSettings, 'dynamic', given) }
}

/** The interpreter in the first line must be an absolute path in printable ASCII: hosts could not run another. */
function requireInterpreter(script: string): void {
  const [first = ''] = runnableScript(script).split('\n')
  if (first.startsWith('#!') && !/^#![ \t]*\/[\x21-\x7e]+([ \t][\x20-\x7e\t]*)?$/.test(first))
    throw new Invalid(`hosts cannot run the interpreter ${JSON.stringify(first.slice(0, 40))}`)
}
