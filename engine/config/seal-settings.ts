import { join } from 'node:path'
import { boolean, oneOf, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { Settings } from '../../shared/settings.ts'
import { readSealKeys } from '../seal/seal-keys.ts'

/** How an engine is unsealed: by operators with shares, or by itself with seal keys. */
export type SealSettings =
  | {
      readonly type: 'shamir'
      /** The disabled seal, which is or was migrated to shares. */
      readonly disabled?: SealWithKeys
    }
  | SealWithKeys

type SealWithKeys =
  | { readonly type: 'file'; readonly path: string }
  /** A credential of systemd. */
  | { readonly type: 'file'; readonly credential: string }

/** The keys of the table `[seal]`. */
export const sealFields = {
  type: oneOf(
    'shamir',
    'file',
  )({
    default: 'shamir',
    description:
      'Type of seal: "shamir", unsealed by operators with key shares, or "file", unsealed by the engine with a seal key.',
  }),
  path: string({ description: 'File with the seal keys of type "file", one per line.' }),
  credential: string({
    description: 'Name of the systemd credential with the seal keys, instead of "path".',
  }),
  disabled: boolean({
    default: false,
    description:
      'Migrates the seal from these keys to shares: the recovery keys become the unseal keys with "postern operator unseal -migrate".',
  }),
}

/** Reads the table `[seal]`. @throws {Invalid} made by `wrong` */
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
 * Reads the seal keys; undefined if operators unseal with shares.
 * @param credentials the directory of systemd's credentials
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
      `the credential "${settings.credential}" of [seal] does not exist: systemd provides it with LoadCredential= or LoadCredentialEncrypted=`,
    )
  // systemd protects the directory; with access lists, its files may seem readable for others
  return readSealKeys(join(credentials, settings.credential), { secret: false })
}
