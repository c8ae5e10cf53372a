import { parseAddress } from '../../../shared/address.ts'
import { isControlled, shown } from '../../../shared/printable.ts'
import { splitList } from '../../../shared/split-list.ts'
import { isOptionName, unreadable } from '../../openssh/certificate-options.ts'
import type { PublicKey } from '../../openssh/public-key.ts'
import type { CertificateRequest } from './certificate-request.ts'
import { type Draft, longestTtl } from './modifiers.ts'

/** Returns why a certificate must not be signed; undefined if this validator has no objection. */
type Validator = (request: CertificateRequest, draft: Draft) => string | undefined

/** As much of a request as its kind and its principals depend on. */
type OfType = Pick<CertificateRequest, 'role' | 'type'>

/** The fewest bits of an RSA key, if the role says nothing about key lengths. */
const RSA_BITS = 2048

/** The role allows the type and size of the key. Contract §2.11. */
export const keyLength: Validator = ({ role, key }) => {
  const { allowedUserKeyLengths: allowed } = role
  const why = (text: string) => `public_key failed to meet the key requirements: ${text}`
  if (Object.keys(allowed).length === 0)
    return key.family === 'rsa' && key.bits < RSA_BITS
      ? why(`key is of an invalid size: ${key.bits}`)
      : undefined
  const rules = Object.entries(allowed).filter(([type]) => names(key).includes(type))
  if (rules.length === 0) return why(`key of type ${key.family} is not allowed`)
  const fits = rules.some(([type, sizes]) =>
    isSized(type) ? sizes.includes(key.bits) : sizes.length > 0,
  )
  return fits ? undefined : why(`key is of an invalid size: ${key.bits}`)
}

/** The names that a role may use for the type of a key. */
function names({ type, family }: PublicKey): readonly string[] {
  const bare = type.replace(/@openssh\.com$/, '')
  return family === 'ecdsa' ? [type, family, 'ec'] : [type, bare, family]
}

/** Whether keys of the type have different sizes. */
const isSized = (type: string) => ['rsa', 'ssh-rsa', 'ecdsa', 'ec'].includes(type)

/** A requested key id is allowed by the role; every key id is printable and at most 1024 bytes. */
export const keyId: Validator = ({ role, keyId: asked }, draft) => {
  if (asked !== '' && !role.allowUserKeyIds) return 'setting key_id is not allowed by role'
  if (isControlled(draft.keyId) || !draft.keyId.isWellFormed())
    return 'key_id has characters that cannot be printed'
  if (Buffer.byteLength(draft.keyId) > 1024) return 'key_id is longer than 1024 bytes'
  return undefined
}

/** The role allows the certificate type. */
export const certificateType = ({ role, type }: OfType): string | undefined => {
  if (type !== 'user' && type !== 'host') return "cert_type must be either 'user' or 'host'"
  const allowed = type === 'user' ? role.allowUserCertificates : role.allowHostCertificates
  return allowed ? undefined : `cert_type '${type}' is not allowed by role`
}

/** There is at least one principal, and the role allows all of them. Contract §2.9; CVE-2024-7594. */
export const principals = (
  { role, type }: OfType,
  draft: Pick<Draft, 'principals'>,
): string | undefined => {
  const source = type === 'host' ? role.allowedDomains : role.allowedUsers
  if (draft.principals.length === 0)
    return role.allowEmptyPrincipals || source === '*'
      ? undefined
      : 'refusing to issue unsafe, globally-valid certificate with no principals specified; set valid_principals or default_user'
  const unsafe = draft.principals.find(each => isUnsafe(each))
  if (unsafe !== undefined) return wrongPrincipal(unsafe)
  if (source === '') return 'role is not configured to allow any principals'
  const nameless = type === 'host' ? draft.principals.find(each => !isHostName(each)) : undefined
  if (nameless !== undefined && !(role.allowBareDomains && splitList(source).includes(nameless)))
    return wrongPrincipal(nameless)
  if (source === '*') return undefined
  const allowed = splitList(source)
  const fits = (each: string) =>
    type === 'host' ? isInDomain(each, allowed, role) : allowed.includes(each)
  const wrong = draft.principals.find(each => !fits(each))
  return wrong === undefined ? undefined : wrongPrincipal(wrong)
}

const wrongPrincipal = (text: string) =>
  `${printable(text)} is not a valid value for valid_principals`

/** Never allowed: lists and patterns of OpenSSH, templates that were not filled in, invisible characters. CVE-2026-35414. */
const isUnsafe = (principal: string) =>
  /[*?,!\s]|\{\{/.test(principal) || isControlled(principal) || !principal.isWellFormed()

/** Whether it is a valid host name or an address. */
const isHostName = (text: string) =>
  parseAddress(text) !== undefined ||
  text
    .replace(/\.$/, '')
    .split('.')
    .every(label => /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_-]{0,61}[\p{L}\p{M}\p{N}_])?$/u.test(label))

function isInDomain(
  host: string,
  domains: readonly string[],
  { allowBareDomains, allowSubdomains }: CertificateRequest['role'],
): boolean {
  return domains.some(
    domain =>
      (allowBareDomains && host === domain) ||
      (allowSubdomains && host.endsWith(`.${domain}`) && host.length > domain.length + 1),
  )
}

/** The lifetime is at most what role and mount allow. */
export const lifetime: Validator = request =>
  request.ttl > longestTtl(request)
    ? `ttl is larger than maximum allowed ${longestTtl(request)}`
    : undefined

/** Requested critical options are on the role's list, if it has one. */
export const criticalOptions: Validator = ({ role, criticalOptions: asked }) => {
  if (role.allowedCriticalOptions === '') return undefined
  const allowed = splitList(role.allowedCriticalOptions)
  const others = Object.keys(asked).filter(name => !allowed.includes(name))
  return others.length === 0
    ? undefined
    : `critical options not on allowed list: [${listed(others)}]`
}

/** Requested extensions are on the role's list; without a list none is allowed. */
export const extensions: Validator = ({ role, extensions: asked }) => {
  if (role.allowedExtensions === '*') return undefined
  const allowed = splitList(role.allowedExtensions)
  const others = Object.keys(asked).filter(name => !allowed.includes(name))
  return others.length === 0 ? undefined : `extensions [${listed(others)}] are not on allowed list`
}

const listed = (names: readonly string[]) => printable([...names].sort().join(' '))

/** The names of all options are well-formed. */
export const optionNames: Validator = (_, draft) => {
  const all = [...Object.keys(draft.criticalOptions), ...Object.keys(draft.extensions)]
  const wrong = all.find(name => !isOptionName(name))
  return wrong === undefined ? undefined : `${printable(wrong)} is not the name of an option`
}

/** A host certificate has no critical options: clients refuse those. */
export const hostOptions: Validator = ({ type }, { criticalOptions: critical }) =>
  type === 'host' && Object.keys(critical).length > 0
    ? 'OpenSSH refuses host certificates with critical options'
    : undefined

/** OpenSSH can read the values of all options that it knows. */
export const optionValues: Validator = (_, { criticalOptions: critical, extensions: others }) =>
  [...Object.entries(critical), ...Object.entries(others)]
    .map(([name, value]) => unreadable(name, value))
    .find(reason => reason !== undefined)

/** OpenSSH's limit: SSHKEY_CERT_MAX_PRINCIPALS. */
const PRINCIPALS = 256

/** The most bytes of all texts together; a certificate must fit into a packet. */
const SIZE = 65_536

/** OpenSSH can read a certificate of this size. */
export const size: Validator = (_, { principals, criticalOptions, extensions }) => {
  if (principals.length > PRINCIPALS)
    return `a certificate cannot have more than ${PRINCIPALS} principals`
  const texts = [principals, ...[criticalOptions, extensions].map(each => Object.entries(each))]
  const bytes = Buffer.byteLength(texts.flat(2).join(''))
  return bytes > SIZE ? `a certificate cannot have more than ${SIZE} bytes of text` : undefined
}

/** In the order of the contract §2.9, which decides which reason a client sees. */
const VALIDATORS: readonly Validator[] = [
  keyLength,
  keyId,
  certificateType,
  principals,
  lifetime,
  criticalOptions,
  extensions,
  optionNames,
  optionValues,
  hostOptions,
  size,
]

/** The first objection of the validators, if there is one. */
export function objection(request: CertificateRequest, draft: Draft): string | undefined {
  for (const validate of VALIDATORS) {
    const reason = validate(request, draft)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** The text itself, if it is short and printable; else quoted and shortened. */
const printable = (text: string) => (isControlled(text) || text.length > 256 ? shown(text) : text)
