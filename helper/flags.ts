import { goFlag } from '../shared/go-flags.ts'
import { nearest } from '../shared/nearest.ts'
import { Refusal } from './refusal.ts'

export interface Flags {
  readonly config: string
  readonly verifyOnly: boolean
  readonly dev: boolean
  readonly logLevel: LogLevel
  /** Whether a user who is refused is told so. */
  readonly tellUser: boolean
  readonly version: boolean
  readonly help: boolean
}

export type LogLevel = (typeof LEVELS)[number]

/** From the fewest lines to the most. */
export const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const

const TEXTS = ['config', 'log-level'] as const
const SWITCHES = ['verify-only', 'dev', 'tell-user', 'version', 'help'] as const
const SHORT: ReadonlyMap<string, string> = new Map([
  ['h', 'help'],
  ['v', 'version'],
])

export const USUAL_CONFIG = '/etc/postern/helper.toml'

/** The value of `-config`, even where other words are wrong; else {@link USUAL_CONFIG}. */
export function configIn(words: readonly string[]): string {
  const flags = words.map((_, at) => goFlag(words.slice(at), () => false))
  return flags.find(flag => flag?.name === 'config')?.value || USUAL_CONFIG
}

/** Whether `-tell-user` is set, even where other words are wrong. */
export const tellsUser = (words: readonly string[]): boolean =>
  words
    .map((_, at) => goFlag(words.slice(at), () => true))
    .some(flag => flag?.name === 'tell-user' && flag.value !== 'false')

/** Reads Go-style flags ({@link goFlag}). @throws {Refusal} for anything else */
export function parseFlags(words: readonly string[]): Flags {
  const texts = new Map<string, string>()
  const switches = new Map<string, boolean>()
  for (let at = 0; at < words.length; ) {
    const { name: typed, value, size } = goFlag(words.slice(at), isSwitch) ?? NO_FLAG
    const name = longName(typed)
    if (isOneOf(SWITCHES, name)) switches.set(name, switchOf(name, value))
    else if (isOneOf(TEXTS, name)) texts.set(name, textOf(name, value))
    else throw unknown(words[at] ?? '', name)
    at += size
  }
  return {
    config: texts.get('config') ?? USUAL_CONFIG,
    verifyOnly: switches.get('verify-only') ?? false,
    dev: switches.get('dev') ?? false,
    logLevel: levelOf(texts.get('log-level') ?? 'info'),
    tellUser: switches.get('tell-user') ?? false,
    version: switches.get('version') ?? false,
    help: switches.get('help') ?? false,
  }
}

const NO_FLAG = { name: '', value: undefined, size: 1 } as const

const longName = (typed: string): string => SHORT.get(typed) ?? typed

const isSwitch = (typed: string): boolean => isOneOf(SWITCHES, longName(typed))

function switchOf(name: string, value: string | undefined): boolean {
  if (value === undefined || value === 'true') return true
  if (value === 'false') return false
  throw new Refusal('usage', `-${name} is true or false, not "${value}"`)
}

function textOf(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new Refusal('usage', `-${name} needs a value`)
  return value
}

function levelOf(text: string): LogLevel {
  const level = text.toLowerCase()
  if (isOneOf(LEVELS, level)) return level
  throw new Refusal('usage', `-log-level is one of ${LEVELS.join(', ')}, not "${text}"`)
}

function unknown(word: string, name: string): Refusal {
  const guess = name === '' ? undefined : nearest(name, [...SWITCHES, ...TEXTS])
  const hint = guess === undefined ? 'see -help' : `did you mean -${guess}?`
  return new Refusal('usage', `unknown argument "${word}", ${hint}`)
}

const isOneOf = <T extends string>(choices: readonly T[], text: string): text is T =>
  (choices as readonly string[]).includes(text)
