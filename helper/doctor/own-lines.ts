import { isAbsolute } from 'node:path'
import type { Context } from './context.ts'
import { quoted } from './mend.ts'

/** The lines with which PAM takes one-time passwords and nothing else, as packaging/pam has them. */
function authLinesFor(program: string): readonly string[] {
  return [
    'auth requisite pam_nologin.so',
    `auth requisite pam_exec.so quiet stdout expose_authtok ${program} -tell-user`,
    'auth required pam_env.so',
  ]
}

/** Where the helper is: what PAM runs, or this program. */
const programOf = ({ stack }: Context): string => {
  const named = stack.helper?.command.program
  return named !== undefined && isAbsolute(named) ? named : process.execPath
}

/** Writes a whole stack: of a service of its own, or of sshd where the distribution's file is gone. @param file a word of the shell */
export function ownStack(context: Context, file: string): string {
  const { service } = context.stack
  const rest = ['account', 'password', 'session']
  const lines = authLinesFor(programOf(context))
  const others =
    service === 'sshd'
      ? rest.map(type => `${type} include ${distributionStack(context, type)}`)
      : rest.map(type => `${type} include sshd`)
  return `printf '%s\\n' ${[...lines, ...others].map(quoted).join(' ')} > ${file}`
}

/** What the distribution's file of sshd includes. */
const distributionStack = ({ host }: Context, type: string): string =>
  host.stat(`/etc/pam.d/common-${type}`) ? `common-${type}` : 'password-auth'

/** Puts the lines into a stack that has none, as packaging/pam/edit-sshd does: in place of the line that asks for the password of the account,
 * or else at the end. */
export function addLines(context: Context): string {
  const { file } = context.stack
  const text = context.host.text(file) ?? ''
  const lines = authLinesFor(programOf(context))
  const asks =
    /^(?:@include\s+common-auth|auth\s+(?:include|substack)\s+(?:common-auth|password-auth))\b.*$/m
  const found = asks.exec(text)
  if (!found) return `printf '%s\\n' ${lines.map(quoted).join(' ')} >> ${quoted(file)}`
  const at = text.slice(0, found.index).split('\n').length
  const block = [`# begin postern, in place of: ${found[0]}`, ...lines, '# end postern']
  return `sed -i ${quoted(`${at}c ${block.join('\\n')}`)} ${quoted(file)}`
}

/** Puts the line of the helper before the auth lines that are there. */
export function addHelperLine(context: Context, before: number): string {
  const [, line = ''] = authLinesFor(programOf(context))
  return `sed -i ${quoted(`${before}i ${line}`)} ${quoted(context.stack.file)}`
}
