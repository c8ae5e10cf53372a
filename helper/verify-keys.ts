import { hash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { type PublicKey, parsePublicKey } from '../shared/ed25519.ts'
import { Invalid } from '../shared/invalid.ts'
import { readTrusted } from '../shared/trusted-file.ts'
import type { Config } from './config.ts'
import { Refusal } from './refusal.ts'

/** The set of keys that a host has fetched from the engine. docs/decisions/0030-helper-state.md */
export interface StoredKeys {
  /** Id of the mount. */
  readonly mountId: string
  readonly version: number
  readonly keys: readonly PublicKey[]
}

type KeySettings = Pick<Config, 'verifyKeys' | 'stateDirectory'>

const HEADING = 'postern-verify-keys 1'

/**
 * The keys that may sign the engine's answers: those that were fetched last, or those of `verify_keys`. Undefined where nothing has to be
 * signed.
 * @throws {Refusal} if those that were fetched cannot be read: one that was retired would count again
 */
export function trustedKeys(config: KeySettings): readonly PublicKey[] | undefined {
  if (!config.verifyKeys) return undefined
  return storedKeys(config)?.keys ?? config.verifyKeys
}

/**
 * The set that {@link writeKeys} wrote for these `verify_keys`; undefined if there is none. Where an administrator has changed the setting
 * since, the set no longer counts.
 * @throws {Refusal} if it is damaged
 */
export function storedKeys(config: KeySettings): StoredKeys | undefined {
  const file = keysFile(config)
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined
  try {
    const { configured, ...stored } = parseKeys(readTrusted(file))
    return configured === digestOf(config) ? stored : undefined
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Refusal(
      'settings',
      `${file}: ${error.message}; fetch it again: postern-helper verify-keys`,
    )
  }
}

export const keysFile = ({ stateDirectory }: KeySettings): string => `${stateDirectory}/verify-keys`

/** The text of the file that {@link storedKeys} reads. */
export const writeKeys = (config: KeySettings, { mountId, version, keys }: StoredKeys): string =>
  [
    HEADING,
    `configured ${digestOf(config)}`,
    `mount ${mountId}`,
    `version ${version}`,
    ...keys.map(({ text }) => `key ${text}`),
    '',
  ].join('\n')

function parseKeys(text: string): StoredKeys & { readonly configured: string } {
  const [heading, ...lines] = text.split('\n').filter(line => line !== '')
  if (heading !== HEADING) throw new Invalid('it is no list of keys of this version')
  const members = lines.map(line => line.split(' ') as [string, string | undefined])
  const all = (name: string) =>
    members.filter(([each]) => each === name).map(([, value = '']) => value)
  const one = (name: string) => {
    const [value] = all(name)
    if (value === undefined) throw new Invalid(`there is no "${name}" in it`)
    return value
  }
  const keys = all('key').map(parsePublicKey)
  if (keys.length === 0) throw new Invalid('there is no "key" in it')
  const version = Number(one('version'))
  if (!Number.isSafeInteger(version)) throw new Invalid('its version is no number')
  return { configured: one('configured'), mountId: one('mount'), version, keys }
}

const digestOf = ({ verifyKeys = [] }: KeySettings): string =>
  hash('sha256', verifyKeys.map(({ text }) => text).join('\n'), 'hex')
