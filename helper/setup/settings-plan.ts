import { dirname } from 'node:path'
import { isToml } from '../../shared/settings.ts'
import { editToml, type TomlLine } from '../commands/edit-toml.ts'
import { askEngine } from '../commands/engine-request.ts'
import type { HostFlags } from '../commands/host-flags.ts'
import { requireOwnState } from '../commands/state-owner.ts'
import { type Config, readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { fetchCa, parseFingerprint } from './engine-ca.ts'
import { fileWith, stateOf, writeState } from './file-state.ts'
import type { Change } from './journal.ts'
import { changeTo } from './restore.ts'
import { TOML_HEADING } from './toml-lines.ts'

/** Files of the settings that a set-up writes, and what they say. */
export interface SettingsPlan {
  readonly changes: readonly ReturnType<typeof changeTo>[]
  /** As it will be. */
  readonly config: Config
  /** Whether answers of the engine have to be signed from now on, and had not before. */
  readonly isNewlySigned: boolean
}

interface Place {
  /** A directory of root's for drafts. */
  readonly folder: string
  readonly earlier: readonly Change[]
}

/**
 * Plans helper.toml and the file of the CA. The drafts are used to ask the engine, so what is written later has worked.
 * @throws {Refusal}
 */
export async function planSettings(flags: HostFlags, place: Place): Promise<SettingsPlan> {
  const ca = await caOf(flags)
  const caFile = `${dirname(flags.config)}/ca.pem`
  const draftCa = `${place.folder}/ca.pem`
  if (ca !== undefined) writeState(draftCa, fileWith(ca))
  const lines = linesOf(flags)
  const draft = (verifyKeys: readonly TomlLine[], file: string): string =>
    settingsText(flags, [
      ...lines,
      ...(ca === undefined ? [] : [toml('ca_cert', file)]),
      ...verifyKeys,
    ])
  const before = read(draft([], draftCa), place.folder, flags)
  const keys = before.verifyKeys || before.host ? [] : await verifyKeysOf(before)
  const config = read(draft(keys, draftCa), place.folder, flags)
  requireOwnState(config, flags.config)
  const wanted = [
    ...(ca === undefined ? [] : [{ file: caFile, next: fileWith(ca) }]),
    { file: flags.config, next: settingsFile(flags.config, draft(keys, caFile)) },
  ]
  const changes = wanted.map(({ file, next }) => change(file, next, place.earlier))
  return { changes: changes.filter(isChange), config, isNewlySigned: keys.length > 0 }
}

const change = (file: string, next: ReturnType<typeof fileWith>, earlier: readonly Change[]) =>
  changeTo(
    { file, phase: 'settings' },
    next,
    earlier.find(each => each.file === file),
  )

const isChange = ({ previous, next }: ReturnType<typeof changeTo>): boolean =>
  previous === undefined || !previous.content.equals(next.content)

/** The CA by its fingerprint; undefined where the present settings, or those of the machine, say which CA is trusted. */
async function caOf(flags: HostFlags): Promise<string | undefined> {
  const fingerprint = flags.optional('ca-fingerprint')
  if (fingerprint === undefined) return undefined
  const wanted = parseFingerprint(fingerprint)
  const [engine] = enginesIn(flags)
  if (engine === undefined)
    throw new Refusal('usage', '-ca-fingerprint needs -engine, the address that has the CA')
  return fetchCa(engine, wanted)
}

const enginesIn = (flags: HostFlags): readonly string[] =>
  (flags.optional('engine') ?? '')
    .split(',')
    .map(each => each.trim())
    .filter(Boolean)

const toml = (key: string, value: string | readonly string[]): TomlLine => [
  key,
  typeof value === 'string'
    ? JSON.stringify(value)
    : `[${value.map(each => JSON.stringify(each)).join(', ')}]`,
]

/** What the flags say. */
function linesOf(flags: HostFlags): readonly TomlLine[] {
  const [engines, mount, roles] = [
    enginesIn(flags),
    flags.optional('mount'),
    flags.optional('roles'),
  ]
  const [only, ...others] = engines
  const list = roles
    ?.split(',')
    .map(each => each.trim())
    .filter(Boolean)
  return [
    ...(only === undefined ? [] : [toml('vault_addr', others.length > 0 ? engines : only)]),
    ...(mount === undefined ? [] : [toml('ssh_mount_point', mount)]),
    ...(list === undefined ? [] : [toml('allowed_roles', list)]),
  ]
}

/** The text of helper.toml with these lines. @throws {Refusal} if there is none, or it cannot be edited */
function settingsText(flags: HostFlags, lines: readonly TomlLine[]): string {
  const found = stateOf(flags.config)
  if (found === undefined) {
    if (flags.optional('engine') === undefined)
      throw new Refusal(
        'usage',
        `postern-helper setup needs -engine=URL: ${flags.config} is not there`,
      )
    const roles = lines.some(([key]) => key === 'allowed_roles') ? [] : [toml('allowed_roles', '*')]
    return editToml(TOML_HEADING, [...lines, ...roles])
  }
  const text = found.content.toString()
  const missing = lines.filter(line => editToml(text, [line]) !== text)
  if (missing.length === 0) return text
  if (found.kind === 'link' || !isToml(text))
    throw new Refusal(
      'manual',
      `${flags.config} was not changed: it is ${found.kind === 'link' ? 'a link' : 'not TOML'}. Let it have these lines, and run this again without the flags for them:\n${missing.map(([key, value]) => `${key} = ${value}`).join('\n')}`,
    )
  return editToml(text, missing)
}

/** A file that is there keeps its owner and mode. */
function settingsFile(file: string, text: string) {
  const found = stateOf(file)
  if (found?.kind === 'link') return found
  return { ...(found ?? fileWith('', 0o600)), content: Buffer.from(text) }
}

function read(text: string, folder: string, flags: HostFlags): Config {
  const draft = `${folder}/helper.toml`
  writeState(draft, fileWith(text, 0o600))
  try {
    return readConfig(draft, flags)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.exit, error.message.replaceAll(draft, flags.config))
  }
}

/** The keys that the engine signs its answers with now or will next; none if it does not sign. */
async function verifyKeysOf(config: Config): Promise<readonly TomlLine[]> {
  const { status, body } = await askEngine(config, { method: 'GET', path: 'verify/keys' })
  if (status !== 200) return []
  try {
    const { keys } = JSON.parse(body.toString()).data
    const current = keys.filter(({ state }: { state: unknown }) => state !== 'retiring')
    const texts = current.map(({ public_key: key }: { public_key: unknown }) => String(key))
    return texts.length === 0 ? [] : [toml('verify_keys', texts)]
  } catch {
    throw new Refusal('protocol', 'the answer of the engine is not a set of keys')
  }
}
