import { createHash } from 'node:crypto'
import { splitList } from '../../../shared/split-list.ts'
import type { Certificate } from '../../openssh/certificate.ts'
import { optionTexts } from '../../openssh/certificate-options.ts'
import type { CertificateRequest } from './certificate-request.ts'

/** A certificate before it is validated. */
export type Draft = Omit<Certificate, 'serial' | 'type'>

/** Makes one property of a certificate from request and role. A modifier refuses nothing; validators do. */
type Modifier<K extends keyof Draft> = (request: CertificateRequest) => Draft[K]

/** The requested key id, if the role allows it, else one in the role's format. Contract §2.10. */
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
  // in one pass, so that a template in a display name is not expanded
  return (role.keyIdFormat || usual).replace(
    /\{\{(\w+)\}\}/g,
    (template, name: string) =>
      (Object.hasOwn(values, name) ? values[name] : undefined) ?? template,
  )
}

/** The requested principals, or else the role's default user; trimmed, without duplicates, sorted. Contract §2.9. */
export const principals: Modifier<'principals'> = ({ role, type, principals: asked }) => {
  const text = asked !== '' ? asked : type === 'host' ? '' : role.defaultUser
  return [...new Set(splitList(text))].sort()
}

/** Backdated as the role says, but not before 1970. */
export const validAfter: Modifier<'validAfter'> = ({ role, now }) =>
  Math.max(0, seconds(now) - role.notBeforeDuration)

/** By the requested lifetime, which is validated later, or else the role's, capped at its maximum. */
export const validBefore: Modifier<'validBefore'> = request => {
  const { role, ttl, mount, now } = request
  const usual = Math.min(role.ttl || mount.defaultTtl, longestTtl(request))
  return seconds(now) + (ttl || usual)
}

/**
 * Requested options replace the role's defaults, but not its enforced ones. If the role says so, a FIDO key must verify its user.
 * OpenSSH refuses host certificates with critical options, so those of the role apply to user certificates only.
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

/** Requested extensions replace the role's defaults. If the role says so, a FIDO key works without a touch. */
export const extensions: Modifier<'extensions'> = ({ role, key, extensions: asked }) => ({
  ...optionTexts(isEmpty(asked) ? role.defaultExtensions : asked),
  ...(role.fidoNoTouchRequired && isFido(key.family) && { 'no-touch-required': '' }),
})

/** Drafts a certificate from a request. */
export const draftOf = (request: CertificateRequest): Draft => ({
  key: request.key,
  keyId: keyId(request),
  principals: principals(request),
  validAfter: validAfter(request),
  validBefore: validBefore(request),
  criticalOptions: criticalOptions(request),
  extensions: extensions(request),
})

/** The most seconds that a certificate may be valid for: max_ttl of the role, or else that of the mount, as in Vault. */
export const longestTtl = ({ role, mount }: CertificateRequest): number =>
  role.maxTtl || mount.maxTtl

export const isFido = (family: string): boolean => family.startsWith('sk-')

const seconds = (now: Date) => Math.floor(now.getTime() / 1000)

const isEmpty = (map: object) => Object.keys(map).length === 0
