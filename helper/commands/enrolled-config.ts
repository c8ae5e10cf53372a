import { accessSync, constants, lstatSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { isToml, parseSettings } from '../../shared/settings.ts'
import { type Config, helperFields } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { editToml, type TomlLine } from './edit-toml.ts'
import { contentOf, installFile } from './install-file.ts'

/** What an enrolled host has in its configuration. */
export interface EnrolledSettings {
  readonly name: string
  readonly keyFile: string
  /** As `verify_keys` writes them. */
  readonly verifyKeys: readonly string[]
}

/** Whether the configuration already has the name, the key file, and one of the keys. */
export const isEnrolledConfig = (
  { host, verifyKeys = [] }: Config,
  { name, keyFile, verifyKeys: keys }: EnrolledSettings,
): boolean =>
  host?.name === name &&
  host.keyFile === keyFile &&
  verifyKeys.some(({ text }) => keys.includes(text))

/** Why a configuration cannot be changed here; undefined if it can. */
export function obstacle(file: string, settings: EnrolledSettings): string | undefined {
  const found = lstatSync(file)
  if (found.isSymbolicLink() || found.nlink > 1 || realpathSync(file) !== resolve(file))
    return 'it is a link'
  if ((found.mode & 0o200) === 0 || !isWritable(file) || !isWritable(dirname(file)))
    return 'it is read-only'
  const text = textOf(file)
  if (!isToml(text)) return 'it is not TOML'
  return reads(editToml(text, linesOf(settings)), text, settings) ? undefined : UNREADABLE
}

const UNREADABLE = 'it is written in a form that cannot be edited'

/** Writes the settings into the configuration, and keeps its other lines and its mode. @throws {Refusal} */
export function writeConfig(file: string, settings: EnrolledSettings): void {
  const why = obstacle(file, settings)
  if (why !== undefined) throw byHand(file, settings, why)
  const { mode, uid } = lstatSync(file)
  if (uid !== process.geteuid?.()) throw byHand(file, settings, 'it belongs to another user')
  const edited = Buffer.from(editToml(textOf(file), linesOf(settings)))
  try {
    installFile(file, edited, { mode: mode & 0o777 })
  } catch (error) {
    // a full disk for example: the engine knows the key of this host by now
    throw error instanceof Refusal ? byHand(file, settings, error.message) : error
  }
}

/** Says which lines an administrator has to add. */
export const byHand = (file: string, settings: EnrolledSettings, why: string): Refusal =>
  new Refusal(
    'manual',
    `${file} was not changed: ${why}. Let it have these lines:\n${linesOf(settings)
      .map(([key, value]) => `${key} = ${value}`)
      .join('\n')}`,
  )

const linesOf = ({ name, keyFile, verifyKeys }: EnrolledSettings): readonly TomlLine[] => [
  ['host_name', JSON.stringify(name)],
  ['host_key', JSON.stringify(keyFile)],
  ['verify_keys', `[${verifyKeys.map(key => JSON.stringify(key)).join(', ')}]`],
]

/** Whether the edited text says what the old one says, and these settings. */
function reads(edited: string, old: string, { name, keyFile, verifyKeys }: EnrolledSettings) {
  const wanted = { host_name: name, host_key: keyFile, verify_keys: verifyKeys }
  try {
    const was = parseSettings(old, helperFields)
    const is = parseSettings(edited, helperFields)
    return JSON.stringify(is) === JSON.stringify({ ...was, ...wanted })
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}

const textOf = (file: string): string => contentOf(file)?.toString() ?? ''

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
