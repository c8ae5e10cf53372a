import { join } from 'node:path'
import { oneOf, string } from '../shared/field.ts'
import { Invalid } from '../shared/invalid.ts'
import type { Settings } from '../shared/settings.ts'
import { readSealKeys } from './seal/seal-keys.ts'

/** Who unseals an engine: people with their shares, or it itself with keys of its own. */
export type SealSettings =
  | { readonly type: 'shamir' }
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
}

/** What the table says. @throws {Invalid} that `wrong` makes of a problem */
export function readSeal(
  { type, path, credential }: Settings<typeof sealFields>,
  wrong: (problem: string) => Invalid,
): SealSettings {
  if (type === 'shamir' && (path ?? credential) !== undefined)
    throw wrong('"path" and "credential" belong to type = "file"')
  if (type === 'shamir') return { type }
  if (path !== undefined && credential !== undefined)
    throw wrong('give either "path" or "credential", not both')
  if (path?.startsWith('/')) return { type, path }
  if (credential !== undefined && /^\w[\w.-]*$/.test(credential)) return { type, credential }
  throw wrong('type "file" needs "path", an absolute path, or "credential", the name of one')
}

/**
 * The keys with which the engine unseals itself, as they are now; none where people do it.
 * @param credentials the folder in which systemd hands over credentials
 * @throws {Invalid}
 */
export function sealKeysOf(
  settings: SealSettings,
  credentials = process.env.CREDENTIALS_DIRECTORY,
): readonly Buffer[] | undefined {
  if (settings.type === 'shamir') return undefined
  if ('path' in settings) return readSealKeys(settings.path, { secret: true })
  if (!credentials)
    throw new Invalid(
      `the credential "${settings.credential}" of [seal] is not there: systemd hands it over, with LoadCredential= or LoadCredentialEncrypted=`,
    )
  // systemd guards the folder; its files may seem readable for others, where it uses access lists
  return readSealKeys(join(credentials, settings.credential), { secret: false })
}
