import { CODES, type Code, type Line } from './pam-stack.ts'

/** Modules that succeed only with the password of an account. */
const PASSWORD = [
  ...['pam_unix.so', 'pam_sss.so', 'pam_ldap.so', 'pam_krb5.so', 'pam_winbind.so'],
  ...['pam_pwdb.so', 'pam_userdb.so', 'pam_systemd_home.so', 'pam_unix_ng.so'],
]

export const checksPasswords = ({ module }: Line): boolean => PASSWORD.includes(module)

const FAILURES = CODES.filter(code => code !== 'success' && code !== 'ignore')

const NEVER_IGNORED = CODES.filter(code => code !== 'ignore')

/** The codes that these modules can return from pam_authenticate. All others can return any code. */
const ANSWERS: Readonly<Record<string, readonly Code[]>> = {
  'pam_env.so': ['ignore'],
  'pam_warn.so': ['ignore'],
  'pam_faildelay.so': ['ignore', 'system_err', 'service_err'],
  'pam_group.so': ['ignore'],
  'pam_deny.so': ['auth_err'],
  'pam_permit.so': ['success'],
  'pam_succeed_if.so': NEVER_IGNORED,
  'pam_unix.so': NEVER_IGNORED,
  'pam_nologin.so': ['ignore', 'auth_err', 'user_unknown', 'buf_err'],
}

/** The codes that a line can return from pam_authenticate, unless it runs the helper: {@link helperAnswers}. */
export function answersOf({ kind, module, words }: Line): readonly Code[] {
  if (kind === 'faulty') return ['perm_denied']
  if (module === 'pam_nologin.so' && words.includes('successok')) return CODES
  // pam_exec may run another program, which may succeed
  return ANSWERS[module] ?? CODES
}

/** The codes of modules that do not return success from pam_setcred. */
const CREDENTIALS: Readonly<Record<string, readonly Code[]>> = {
  'pam_exec.so': ['ignore'],
  'pam_nologin.so': ['ignore'],
  'pam_succeed_if.so': ['ignore'],
  'pam_access.so': ['ignore'],
  'pam_faildelay.so': ['ignore'],
  'pam_echo.so': ['ignore'],
  'pam_deny.so': ['cred_err'],
}

/** The codes that a line can return from pam_setcred. */
export const credentialAnswersOf = ({ kind, module }: Line): readonly Code[] =>
  kind === 'faulty' ? ['perm_denied'] : (CREDENTIALS[module] ?? CODES)

/** The group to whose members a line limits the stack; undefined for any other line. */
export function groupOf({ module, words }: Line): string | undefined {
  // with use_uid the module looks at sshd's own user
  if (module !== 'pam_succeed_if.so' || words.includes('use_uid')) return undefined
  const at = words.indexOf('ingroup')
  return at > 0 && words[at - 1] === 'user' ? words[at + 1] : undefined
}

/** A program that pam_exec runs, with its arguments. */
export interface Command {
  readonly program: string
  readonly words: readonly string[]
  /** Those of pam_exec. */
  readonly options: readonly string[]
  /** Whether it is run for logins, and gets the password. */
  readonly getsPassword: boolean
}

const OPTIONS =
  /^(?:debug|expose_authtok|quiet|quiet_log|seteuid|stdout|use_first_pass|log=.*|type=.*)$/

/** The program that a line with pam_exec runs; undefined for any other line. */
export function commandOf({ kind, module, words }: Line): Command | undefined {
  if (kind !== 'module' || module !== 'pam_exec.so') return undefined
  const at = words.findIndex(word => !OPTIONS.test(word))
  const [program, ...rest] = at < 0 ? [] : words.slice(at)
  if (program === undefined) return undefined
  const options = words.slice(0, at)
  const type = options.find(option => option.startsWith('type='))
  const getsPassword =
    options.includes('expose_authtok') && (type === undefined || type === 'type=auth')
  return { program, words: rest, options, getsPassword }
}

/** The codes that a line with the helper can return. */
export const helperAnswers = (canSayYes: boolean): readonly Code[] =>
  canSayYes ? ['success', ...FAILURES] : ['ignore', ...FAILURES]
