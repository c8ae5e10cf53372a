/** Finds PAM's configuration for one service, by its name or the path of its file; undefined if there is none. */
export type ReadService = (service: string) => Service | undefined

export interface Service {
  readonly file: string
  readonly text: string
}

/** One step of a stack of `auth` lines, as libpam has it after it has followed all that is included. */
export interface Line {
  /** `substack` marks where one begins; `faulty` is a line that libpam cannot use, and which fails. */
  readonly kind: 'module' | 'substack' | 'faulty'
  /** How deep in substacks it is. */
  readonly level: number
  /** What becomes of each return code of the module. */
  readonly actions: (code: Code) => Action
  /** Name of the module without its folder: `pam_unix.so`. */
  readonly module: string
  readonly words: readonly string[]
  /** File and line number. */
  readonly place: string
}

/** What libpam does with a return code: a number skips so many lines. pam.conf(5). */
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

/** A mistake with which libpam does not start at all, so that nobody gets in, with a key either. */
export class BrokenStack extends Error {
  override readonly name = 'BrokenStack'
}

/** As deep as libpam follows includes: PAM_SUBSTACK_MAX_LEVEL. */
const DEEPEST = 15

/**
 * The `auth` lines of a service in the order in which libpam runs them.
 * @throws {BrokenStack}
 */
export function authLines(service: string, read: ReadService): readonly Line[] {
  const found = read(service)
  return found ? linesOf(found, { level: 0, depth: 0, read }) : []
}

interface Source {
  readonly level: number
  readonly depth: number
  readonly read: ReadService
}

function linesOf({ file, text }: Service, source: Source): Line[] {
  if (source.depth > DEEPEST) throw new BrokenStack(`${file} includes itself`)
  return logicalLines(text).flatMap(({ number, line }) =>
    stepsOf(tokens(line), `${file} line ${number}`, source),
  )
}

/** The lines without comments; a backslash at the end goes on in the next one, but not out of a comment. */
function logicalLines(text: string): { number: number; line: string }[] {
  const lines: { number: number; line: string }[] = []
  let open: { number: number; line: string } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '')
    const goesOn = line === raw && /\\\s*$/.test(raw)
    const part = goesOn ? line.replace(/\\\s*$/, ' ') : line
    open = { number: open?.number ?? index + 1, line: (open?.line ?? '') + part }
    if (goesOn) continue
    lines.push(open)
    open = undefined
  }
  return open ? [...lines, open] : lines
}

/** Words between blanks; one that begins with `[` ends with the next `]` that has no backslash before it. */
const tokens = (line: string): string[] =>
  line.match(/\[(?:\\.|[^\]\\])*\]?|[^\s]+/g)?.map(word => word.trim()) ?? []

function stepsOf([first, ...rest]: readonly string[], place: string, source: Source): Line[] {
  if (first === undefined) return []
  if (first.toLowerCase() === '@include') return textIncluded(rest[0], place, source)
  const type = first.replace(/^-/, '').toLowerCase()
  if (['account', 'session', 'password'].includes(type)) return []
  const [control = '', target, ...words] = rest
  const faulty = (): Line => ({ ...line, kind: 'faulty' })
  const line: Line = {
    kind: 'module',
    level: source.level,
    actions: actionsOf(control),
    module: target?.split('/').at(-1) ?? '',
    words: words.map(word => word.replace(/^\[(.*)\]$/s, '$1').replace(/\\(.)/g, '$1')),
    place,
  }
  if (type !== 'auth' || target === undefined) return [faulty()]
  if (!/^(?:include|substack)$/i.test(control)) return [line]
  const deeper = control.toLowerCase() === 'substack' ? 1 : 0
  const found = source.read(target)
  const inside = found
    ? linesOf(found, { ...source, level: source.level + deeper, depth: source.depth + 1 })
    : [faulty()]
  return deeper ? [{ ...line, kind: 'substack' }, ...inside] : inside
}

/** Debian's own way, which does not start without the file. */
function textIncluded(service: string | undefined, place: string, source: Source): Line[] {
  const found = service === undefined ? undefined : source.read(service)
  if (!found) throw new BrokenStack(`${place} includes ${service ?? 'nothing'}, which is not there`)
  return linesOf(found, { ...source, depth: source.depth + 1 })
}

const SHORT: Readonly<Record<string, string>> = {
  required: '[success=ok new_authtok_reqd=ok ignore=ignore default=bad]',
  requisite: '[success=ok new_authtok_reqd=ok ignore=ignore default=die]',
  sufficient: '[success=done new_authtok_reqd=done default=ignore]',
  optional: '[success=ok new_authtok_reqd=ok default=ignore]',
}

/** What a control says; whatever it leaves out, and whatever cannot be understood, is `bad`. */
function actionsOf(control: string): (code: Code) => Action {
  const text = SHORT[control.toLowerCase()] ?? control
  const [, list] = /^\[(.*)\]$/s.exec(text) ?? []
  const actions = new Map<string, Action>()
  for (const part of list?.trim().split(/\s+/) ?? []) {
    const [, code = '', named = ''] = /^(\w+)=(\w+)$/.exec(part) ?? []
    const action = actionOf(named)
    if (action === undefined || !(code === 'default' || CODES.includes(code))) return () => 'bad'
    actions.set(code, action)
  }
  return code => actions.get(code) ?? actions.get('default') ?? 'bad'
}

function actionOf(text: string): Action | undefined {
  if (/^\d+$/.test(text)) return Number(text) || undefined
  const known = ['ok', 'done', 'bad', 'die', 'ignore', 'reset'] as const
  return known.find(action => action === text)
}
