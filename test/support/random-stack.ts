import { CODES } from '../../helper/commands/pam-stack.ts'

/** Where the helper of a random stack is. */
export const HELPER = '/usr/local/sbin/postern-helper'

/** Numbers from 0 up to a limit, the same ones for the same seed. */
export function random(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    // xorshift, with 32 bits
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

const ACTIONS = ['ok', 'done', 'bad', 'die', 'ignore', 'reset', '1', '2', '3', '0']
const NAMED = ['required', 'requisite', 'sufficient', 'optional']
const MISTAKES = [
  ...['reqisite', '[success=what]', '[nonsense=ok default=ok]', '[success=ok', '[required]'],
  ...['[success=ok defualt=ignore]', '[default=bad success=ok what]', '[success=okdefault=ignore]'],
  ...['[ success = ok  default = ignore ]', 'success=ok', '[default=ok default=bad]'],
  ...['[success=done\tdefault=ignore]', '[default=what success=ok]', '[sufficient]'],
]

/** Each says always the same to root. */
const MODULES = [
  ...['pam_permit.so', 'pam_deny.so', 'pam_env.so', 'pam_warn.so', 'pam_nowhere.so'],
  ...['pam_succeed_if.so quiet uid = 0', 'pam_succeed_if.so quiet uid = 1'],
  ...['pam_exec.so quiet /bin/true', 'pam_exec.so quiet /bin/false'],
  ...['pam_exec.so quiet type=account /bin/true', 'pam_debug.so', 'pam_debug.so'],
  ...[`pam_exec.so quiet ${HELPER}`, `pam_exec.so quiet ${HELPER}`],
]

const ODD = [
  ...['account required pam_permit.so', '# auth required pam_permit.so', 'auth', 'auth required'],
  ...['auth required \\\n pam_deny.so', 'auht required pam_permit.so', 'auth include nowhere'],
  ...['-auth required pam_nowhere.so', 'AUTH Required pam_permit.so # x', '@include nowhere'],
  ...[
    '[auth] required pam_permit.so',
    'auth [required]pam_permit.so',
    'auth\frequired pam_permit.so',
  ],
  ...[
    'auth optional pam_warn.so \\\v\nauth sufficient pam_permit.so',
    'auth sufficient [pam_permit.so]',
  ],
  ...['auth optional pam_warn.so \\\u00a0\nauth sufficient pam_permit.so'],
  ...[
    'auth optional pam_warn.so \\\r\nauth sufficient pam_permit.so',
    'auth required\rpam_permit.so',
  ],
]

/** A stack of auth lines, some of which no one should write, and which may include two other services. */
export function randomStack(limit: (limit: number) => number, others: readonly string[]): string {
  const pick = <T>(list: readonly T[]): T => list[limit(list.length)] as T
  const codes = CODES.filter(code => code !== 'incomplete')
  const control = () => {
    if (limit(10) < 6) return pick(NAMED)
    if (limit(20) === 0) return pick(MISTAKES)
    const named = ['success', 'ignore', pick(codes), 'default'].filter(() => limit(3) > 0)
    return `[${(named.length > 0 ? named : ['success']).map(code => `${code}=${pick(ACTIONS)}`).join(' ')}]`
  }
  const line = () => {
    const kind = limit(14)
    if (kind === 0) return pick(ODD)
    if (kind < 4 && others.length > 0)
      return `${pick(['auth include', 'auth substack', '@include'])} ${pick(others)}`
    const module = pick(MODULES)
    return `auth ${control()} ${module}${module === 'pam_debug.so' ? ` auth=${pick(codes)}` : ''}`
  }
  return `${Array.from({ length: 1 + limit(6) }, line).join('\n')}\n`
}
