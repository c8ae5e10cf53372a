import { createHash } from 'node:crypto'
import { splitList } from '../../../shared/split-list.ts'
import type { Certificate } from '../../openssh/certificate.ts'
import { optionTexts } from '../../openssh/certificate-options.ts'
import type { CertificateRequest } from './certificate-request.ts'

/** A certificate before it is judged. */
export type Draft = Omit<Certificate, 'serial' | 'type'>

/** One property of a certificate, from what was asked for and what the role says. Makers refuse nothing. */
type Modifier<K extends keyof Draft> = (request: CertificateRequest) => Draft[K]

/** Given and allowed, it is taken to the letter; otherwise made from the role's format, whose parts are data. Contract §2.10. */
export const keyId: Modifier<'keyId'> = ({ role, roleName, key, keyId: asked, displayName }) => {
  if (asked !== '') return asked
  const values: Readonly<Record<string, string>> = {
    token_display_name: displayName,
    role_name: roleName,
    public_key_hash: createHash('sha256').update(key.blob).digest('hex'),
  }
  const usual =
    displayName === ''
      ? 'vault-{{public_key_hash}}'
      : 'vault-{{token_display_name}}-{{public_key_hash}}'
  // in one pass, so that a display name cannot bring in a template of its own
  return (role.keyIdFormat || usual).replace(
    /\{\{(\w+)\}\}/g,
    (template, name: string) =>
      (Object.hasOwn(values, name) ? values[name] : undefined) ?? template,
  )
}

/** Those asked for, or else the role's default user; trimmed, each once, sorted. Contract §2.9. */
export const principals: Modifier<'principals'> = ({ role, type, principals: asked }) => {
  const text = asked !== '' ? asked : type === 'host' ? '' : role.defaultUser
  return [...new Set(splitList(text))].sort()
}

/** Dated back by as much as the role says, to 1970 at the most. */
export const validAfter: Modifier<'validAfter'> = ({ role, now }) =>
  Math.max(0, seconds(now) - role.notBeforeDuration)

/** What was asked for, which is judged, or what the role says, cut to what it allows. */
export const validBefore: Modifier<'validBefore'> = request => {
  const { role, ttl, mount, now } = request
  const usual = Math.min(role.ttl || mount.defaultTtl, longestTtl(request))
  return seconds(now) + (ttl || usual)
}

/**
 * Those asked for take the place of the role's usual ones, but not of those that it enforces. A FIDO key may have to be unlocked, if the
 * role says so. OpenSSH refuses certificates of hosts with critical options, so those of the role are for users alone.
 */
export const criticalOptions: Modifier<'criticalOptions'> = ({
  role,
  key,
  type,
  criticalOptions: asked,
}) => {
  if (type !== 'user') return optionTexts(asked)
  return {
    ...optionTexts(isEmpty(asked) ? role.defaultCriticalOptions : asked),
    ...optionTexts(role.enforcedCriticalOptions ?? {}),
    ...(role.fidoVerifyRequired && isFido(key.family) && { 'verify-required': '' }),
  }
}

/** Those asked for take the place of the role's. A FIDO key need not be touched, if the role says so. */
export const extensions: Modifier<'extensions'> = ({ role, key, extensions: asked }) => ({
  ...optionTexts(isEmpty(asked) ? role.defaultExtensions : asked),
  ...(role.fidoNoTouchRequired && isFido(key.family) && { 'no-touch-required': '' }),
})

/** Shapes a certificate from a request. */
export const draftOf = (request: CertificateRequest): Draft => ({
  key: request.key,
  keyId: keyId(request),
  principals: principals(request),
  validAfter: validAfter(request),
  validBefore: validBefore(request),
  criticalOptions: criticalOptions(request),
  extensions: extensions(request),
})

/** Seconds that a certificate may be valid for: the maximum of the mount counts only for roles that have none, as in Vault. */
export const longestTtl = ({ role, mount }: CertificateRequest): number =>
  role.maxTtl || mount.maxTtl

export const isFido = (family: string): boolean => family.startsWith('sk-')

const seconds = (now: Date) => Math.floor(now.getTime() / 1000)

const isEmpty = (map: object) => Object.keys(map).length === 0
