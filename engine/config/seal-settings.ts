import { join } from 'node:path'
import { boolean, oneOf, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { Settings } from '../../shared/settings.ts'
import { readSealKeys } from '../seal/seal-keys.ts'

/** Who unseals an engine: people with their shares, or it itself with keys of its own. */
export type SealSettings =
  | {
      readonly type: 'shamir'
      /** The seal that the shares replace, or have replaced. */
      readonly disabled?: SealWithKeys
    }
  | SealWithKeys

type SealWithKeys =
  | { readonly type: 'file'; readonly path: string }
  /** A credential that systemd hands over. */
  | { readonly type: 'file'; readonly credential: string }

/** The keys of the table `[seal]`. */
export const sealFields = {
  type: oneOf(
    'shamir',
    'file',
  )({
    default: 'shamir',
    description: 'Who unseals: people with shares of a key, or the engine with a key of its own.',
  }),
  path: string({ description: 'File with the keys of type "file", one a line.' }),
  credential: string({ description: 'Name of the systemd credential that holds them instead.' }),
  disabled: boolean({
    default: false,
    description:
      'People unseal again, with the recovery keys: "postern operator unseal -migrate" replaces the seal of these keys.',
  }),
}

/** What the table says. @throws {Invalid} that `wrong` makes of a problem */
export function readSeal(
  { type, disabled, path, credential }: Settings<typeof sealFields>,
  wrong: (problem: string) => Invalid,
): SealSettings {
  if (type === 'shamir' && (disabled || (path ?? credential) !== undefined))
    throw wrong('"path", "credential" and "disabled" belong to type = "file"')
  if (type === 'shamir') return { type }
  const own = withKeys({ path, credential }, wrong)
  return disabled ? { type: 'shamir', disabled: own } : own
}

function withKeys(
  {
    path,
    credential,
  }: { readonly path?: string | undefined; readonly credential?: string | undefined },
  wrong: (problem: string) => Invalid,
): SealWithKeys {
  const type = 'file'
  if (path !== undefined && credential !== undefined)
    throw wrong('give either "path" or "credential", not both')
  if (path?.startsWith('/')) return { type, path }
  if (credential !== undefined && /^\w[\w.-]*$/.test(credential)) return { type, credential }
  throw wrong('type "file" needs "path", an absolute path, or "credential", the name of one')
}

/** The keys of {@link SealSettings}, those in use and those of a seal that is disabled. */
export interface SealKeys {
  readonly sealKeys: readonly Buffer[] | undefined
  readonly disabledSealKeys?: readonly Buffer[]
}

/**
 * The keys with which the engine unseals itself, as they are now; none where people do it.
 * @param credentials the folder in which systemd hands over credentials
 * @throws {Invalid}
 */
export function sealKeysOf(
  settings: SealSettings,
  credentials = process.env.CREDENTIALS_DIRECTORY,
): SealKeys {
  if (settings.type === 'file') return { sealKeys: keysOf(settings, credentials) }
  const { disabled } = settings
  return {
    sealKeys: undefined,
    ...(disabled && { disabledSealKeys: keysOf(disabled, credentials) }),
  }
}

function keysOf(settings: SealWithKeys, credentials: string | undefined): readonly Buffer[] {
  if ('path' in settings) return readSealKeys(settings.path, { secret: true })
  if (!credentials)
    throw new Invalid(
      `the credential "${settings.credential}" of [seal] is not there: systemd hands it over, with LoadCredential= or LoadCredentialEncrypted=`,
    )
  // systemd guards the folder; its files may seem readable for others, where it uses access lists
  return readSealKeys(join(credentials, settings.credential), { secret: false })
}
