/** Reads PAM's configuration of a service, by its name or the path of its file; undefined if there is none. */
export type ReadService = (service: string) => Service | undefined

export interface Service {
  readonly file: string
  readonly text: string
}

/** One line of a stack, after libpam has resolved all includes. */
export interface Line {
  /** `substack` marks the start of one; `faulty` is a line that libpam cannot use, and that fails. */
  readonly kind: 'module' | 'substack' | 'faulty'
  /** Depth of nested substacks. */
  readonly level: number
  /** What libpam does with each return code of the module. */
  readonly actions: (code: Code) => Action
  /** Name of the module without its folder: `pam_unix.so`. */
  readonly module: string
  readonly words: readonly string[]
  /** File and line number. */
  readonly place: string
}

/** What libpam does with a return code; a number skips that many lines. pam.conf(5). */
export type Action = 'ok' | 'done' | 'bad' | 'die' | 'ignore' | 'reset' | number

/** The return codes of modules, by their names in pam.conf(5). */
export const CODES = [
  ...['success', 'ignore', 'open_err', 'symbol_err', 'service_err', 'system_err', 'buf_err'],
  ...['perm_denied', 'auth_err', 'cred_insufficient', 'authinfo_unavail', 'user_unknown'],
  ...['maxtries', 'new_authtok_reqd', 'acct_expired', 'session_err', 'cred_unavail'],
  ...['cred_expired', 'cred_err', 'no_module_data', 'conv_err', 'authtok_err'],
  ...['authtok_recover_err', 'authtok_lock_busy', 'authtok_disable_aging', 'try_again', 'abort'],
  ...['authtok_expired', 'module_unknown', 'bad_item', 'conv_again', 'incomplete'],
]
export type Code = (typeof CODES)[number]

/** An error with which libpam does not start, so that every login is refused, also with a key. */
export class BrokenStack extends Error {
  override readonly name = 'BrokenStack'
}

/** The deepest nesting of includes that libpam allows: PAM_SUBSTACK_MAX_LEVEL. */
const DEEPEST = 15

/**
 * The `auth` lines of a service in the order in which libpam runs them.
 * @throws {BrokenStack}
 */
export const authLines = (service: string, read: ReadService): readonly Line[] =>
  linesOfType('auth', service, read)

/** The types of lines. */
export type LineType = 'auth' | 'account' | 'password' | 'session'

const TYPES: readonly string[] = ['auth', 'account', 'password', 'session']

/** The same for lines of another type. @throws {BrokenStack} */
export function linesOfType(type: LineType, service: string, read: ReadService): readonly Line[] {
  const found = read(service)
  return found ? linesOf(found, { type, level: 0, depth: 0, read }) : []
}

interface Source {
  readonly type: LineType
  readonly level: number
  readonly depth: number
  readonly read: ReadService
}

function linesOf(service: Service, source: Source): Line[] {
  const { file } = service
  if (source.depth > DEEPEST) throw new BrokenStack(`${file} includes itself`)
  return logicalLines(service).flatMap(({ number, line }) =>
    stepsOf(tokens(line), `${file} line ${number}`, source),
  )
}

/**
 * The lines without comments and empty lines. A backslash at the end joins a line with the next one, but not in a comment. For libpam
 * only blank and tab are white space.
 * @throws {BrokenStack} if the last line ends in a backslash
 */
function logicalLines({ file, text }: Service): { number: number; line: string }[] {
  const lines: { number: number; line: string }[] = []
  let open: { number: number; line: string } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^[ \t]*(?:#|$)/.test(raw)) continue
    const line = raw.replace(/#.*/, '')
    const goesOn = line === raw && /\\[ \t]*$/.test(raw)
    const part = goesOn ? line.replace(/\\[ \t]*$/, ' ') : line
    open = { number: open?.number ?? index + 1, line: (open?.line ?? '') + part }
    if (goesOn) continue
    lines.push(open)
    open = undefined
  }
  if (open) throw new BrokenStack(`${file} ends in a line that should go on`)
  return lines
}

/** Words separated by blanks. A word that begins with `[` ends at the next `]` without a backslash before it. */
const tokens = (line: string): string[] =>
  [...line.matchAll(/\[((?:\\\]|[^\]])*)\]?|[^ \t[][^ \t]*/g)].map(
    ([word, inside]) => inside?.replaceAll('\\]', ']') ?? word,
  )

function stepsOf([first, ...rest]: readonly string[], place: string, source: Source): Line[] {
  if (first === undefined) return []
  if (first.toLowerCase() === '@include') return textIncluded(rest[0], place, source)
  const type = first.replace(/^-/, '').toLowerCase()
  if (type !== source.type && TYPES.includes(type)) return []
  const [control = '', target, ...words] = rest
  const faulty = (): Line => ({ ...line, kind: 'faulty' })
  const line: Line = {
    kind: 'module',
    level: source.level,
    actions: actionsOf(control),
    module: target?.split('/').at(-1) ?? '',
    words,
    place,
  }
  if (type !== source.type || target === undefined) return [faulty()]
  if (!/^(?:include|substack)$/i.test(control)) return [line]
  const deeper = control.toLowerCase() === 'substack' ? 1 : 0
  const found = source.read(target)
  const inside = found
    ? linesOf(found, { ...source, level: source.level + deeper, depth: source.depth + 1 })
    : [faulty()]
  return deeper ? [{ ...line, kind: 'substack' }, ...inside] : inside
}

/** Debian's `@include`: libpam does not start without the file. */
function textIncluded(service: string | undefined, place: string, source: Source): Line[] {
  const found = service === undefined ? undefined : source.read(service)
  if (!found) throw new BrokenStack(`${place} includes ${service ?? 'nothing'}, which is not there`)
  return linesOf(found, { ...source, depth: source.depth + 1 })
}

const SHORT: Readonly<Record<string, string>> = {
  required: 'success=ok new_authtok_reqd=ok ignore=ignore default=bad',
  requisite: 'success=ok new_authtok_reqd=ok ignore=ignore default=die',
  sufficient: 'success=done new_authtok_reqd=done default=ignore',
  optional: 'success=ok new_authtok_reqd=ok default=ignore',
}

const ACTIONS = ['ok', 'done', 'bad', 'die', 'ignore', 'reset'] as const

const WORDS = [`(${CODES.join('|')}|default)`, '=', `(${ACTIONS.join('|')}|\\d+)`]

/** One `code=action` of a control, with optional blanks; the next one may follow directly. */
const PART = new RegExp(['', ...WORDS, ''].join('[ \\t\\v\\f\\r]*'), 'y')

/** The actions of a control. Codes that it does not name are `bad`, and all of them if libpam cannot parse it. */
function actionsOf(control: string): (code: Code) => Action {
  const text = SHORT[control.toLowerCase()] ?? control
  const actions = new Map<string, Action>()
  for (let at = 0; at < text.length; at = PART.lastIndex) {
    PART.lastIndex = at
    const [, code = '', named = ''] = PART.exec(text) ?? []
    const action = ACTIONS.find(each => each === named) ?? Number(named)
    if (action === 0) return () => 'bad'
    // the first default counts
    if (code !== 'default' || !actions.has(code)) actions.set(code, action)
  }
  return code => actions.get(code) ?? actions.get('default') ?? 'bad'
}
