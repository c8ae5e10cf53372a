import { isToml } from '../../shared/settings.ts'
import type { Context } from './context.ts'
import { placeOf, SSHD_CONFIG, type SshdLine } from './sshd-lines.ts'

/** A word for a shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** Has sshd read its configuration again, on Debian and on RHEL. */
export const RELOAD = 'systemctl reload ssh || systemctl reload sshd'

/** Opens a file to change what the comment says. */
export const edit = (file: string, what: string): string => `editor ${quoted(file)}   # ${what}`

/** Sets a key of helper.toml, if the file is TOML; otherwise opens it. @param value as TOML writes it */
export function setKey(context: Context, key: string, value: string): string {
  const file = context.configFile
  const text = context.host.text(file) ?? ''
  // a list over several lines is more than sed can replace
  const isPlain = isToml(text) && !new RegExp(`^\\s*${key}\\s*=\\s*\\[[^\\]]*$`, 'm').test(text)
  if (!isPlain) return edit(file, `${key} = ${value}`)
  return `sed -i -e ${quoted(`$a ${key} = ${value}`)} -e ${quoted(`/^\\s*${key}\\s*=/d`)} ${quoted(file)}`
}

/** The lines with which sshd takes one-time passwords. */
const DROP_IN = '/etc/ssh/sshd_config.d/10-postern.conf'

/** Has a setting of sshd take a value: comments out the line that decides now, or writes one. */
export function setSshd(line: SshdLine | undefined, keyword: string, value: string): string {
  const change = line
    ? `sed -i ${quoted(`${line.number}s/^/# /`)} ${quoted(line.file)}`
    : `sed -i ${quoted(`1i ${keyword} ${value}`)} ${SSHD_CONFIG}`
  return `${change} && sshd -t && { ${RELOAD}; }`
}

/** Why a setting is what it is. */
export const decidedBy = (line: SshdLine | undefined): string =>
  line
    ? `${placeOf(line)} says so${line.file === DROP_IN ? '' : ', and sshd takes the first line it reads'}`
    : 'no line sets it, and that is the default'

/** Removes a line of a file. */
export const deleteLine = (file: string, number: number): string =>
  `sed -i ${quoted(`${number}d`)} ${quoted(file)}`

/** A mode may be set right without asking. A file that belongs to another user may have been written by them, so its owner may not. */
export const safeUnlessForeign = (says: string): { readonly safe?: true } =>
  says.includes('another user') ? {} : { safe: true }
