import { parseAddress } from '../../../shared/address.ts'
import { isControlled, shown } from '../../../shared/printable.ts'
import { splitList } from '../../../shared/split-list.ts'
import { isOptionName, unreadable } from '../../openssh/certificate-options.ts'
import type { PublicKey } from '../../openssh/public-key.ts'
import type { CertificateRequest } from './certificate-request.ts'
import { type Draft, longestTtl } from './modifiers.ts'

/** Says why a certificate must not be signed; undefined if it may, as far as this validate looks. */
type Validator = (request: CertificateRequest, draft: Draft) => string | undefined

/** An RSA key that a role does not name must have as many bits. */
const RSA_BITS = 2048

/** The key is of a type and size that the role allows. Contract §2.11. */
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

/** By what names a role may speak of a key. */
function names({ type, family }: PublicKey): readonly string[] {
  const bare = type.replace(/@openssh\.com$/, '')
  return family === 'ecdsa' ? [type, family, 'ec'] : [type, bare, family]
}

/** Whether a type leaves open how large its keys are. */
const isSized = (type: string) => ['rsa', 'ssh-rsa', 'ecdsa', 'ec'].includes(type)

/** A key id comes from the request only where the role says so, and can be printed. */
export const keyId: Validator = ({ role, keyId: asked }, draft) => {
  if (asked !== '' && !role.allowUserKeyIds) return 'setting key_id is not allowed by role'
  if (isControlled(draft.keyId) || !draft.keyId.isWellFormed())
    return 'key_id has characters that cannot be printed'
  if (Buffer.byteLength(draft.keyId) > 1024) return 'key_id is longer than 1024 bytes'
  return undefined
}

/** The role signs certificates of that type. */
export const certificateType: Validator = ({ role, type }) => {
  if (type !== 'user' && type !== 'host') return "cert_type must be either 'user' or 'host'"
  const allowed = type === 'user' ? role.allowUserCertificates : role.allowHostCertificates
  return allowed ? undefined : `cert_type '${type}' is not allowed by role`
}

/** Every principal is one that the role allows, and there is one. Contract §2.9; CVE-2024-7594. */
export const principals: Validator = ({ role, type }, draft) => {
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

/** What OpenSSH takes for a list or a pattern, a template that was not filled in, or nobody can see; whatever the role allows. CVE-2026-35414. */
const isUnsafe = (principal: string) =>
  /[*?,!\s]|\{\{/.test(principal) || isControlled(principal) || !principal.isWellFormed()

/** A name that a host can have, or an address. */
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

/** It is not valid for longer than the role and the mount allow. */
export const lifetime: Validator = request =>
  request.ttl > longestTtl(request)
    ? `ttl is larger than maximum allowed ${longestTtl(request)}`
    : undefined

/** Critical options of a request are on the role's list, if there is one. */
export const criticalOptions: Validator = ({ role, criticalOptions: asked }) => {
  if (role.allowedCriticalOptions === '') return undefined
  const allowed = splitList(role.allowedCriticalOptions)
  const others = Object.keys(asked).filter(name => !allowed.includes(name))
  return others.length === 0
    ? undefined
    : `critical options not on allowed list: [${listed(others)}]`
}

/** Extensions of a request are on the role's list; without a list there can be none. */
export const extensions: Validator = ({ role, extensions: asked }) => {
  if (role.allowedExtensions === '*') return undefined
  const allowed = splitList(role.allowedExtensions)
  const others = Object.keys(asked).filter(name => !allowed.includes(name))
  return others.length === 0 ? undefined : `extensions [${listed(others)}] are not on allowed list`
}

const listed = (names: readonly string[]) => printable([...names].sort().join(' '))

/** Every option has a name as OpenSSH names them. */
export const optionNames: Validator = (_, draft) => {
  const all = [...Object.keys(draft.criticalOptions), ...Object.keys(draft.extensions)]
  const wrong = all.find(name => !isOptionName(name))
  return wrong === undefined ? undefined : `${printable(wrong)} is not the name of an option`
}

/** Clients refuse certificates of hosts with critical options. */
export const hostOptions: Validator = ({ type }, { criticalOptions: critical }) =>
  type === 'host' && Object.keys(critical).length > 0
    ? 'OpenSSH refuses certificates of hosts with critical options'
    : undefined

/** Options of OpenSSH have a value where they must, and none where they must not. */
export const optionValues: Validator = (_, { criticalOptions: critical, extensions: others }) =>
  [...Object.entries(critical), ...Object.entries(others)]
    .map(([name, value]) => unreadable(name, value))
    .find(reason => reason !== undefined)

/** OpenSSH reads no certificate with more principals: SSHKEY_CERT_MAX_PRINCIPALS. */
const PRINCIPALS = 256

/** Bytes of all texts together; a certificate must fit into a packet. */
const SIZE = 65_536

/** It is one that OpenSSH can read. */
export const size: Validator = (_, { principals, criticalOptions, extensions }) => {
  if (principals.length > PRINCIPALS)
    return `a certificate cannot have more than ${PRINCIPALS} principals`
  const texts = [principals, ...[criticalOptions, extensions].map(each => Object.entries(each))]
  const bytes = Buffer.byteLength(texts.flat(2).join(''))
  return bytes > SIZE ? `a certificate cannot have more than ${SIZE} bytes of text` : undefined
}

/** In the order in which they are asked, which is a promise. Contract §2.9. */
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

/** The first reason not to sign, if there is one. */
export function objection(request: CertificateRequest, draft: Draft): string | undefined {
  for (const validate of VALIDATORS) {
    const reason = validate(request, draft)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** As it is, if it can be read at a glance. */
const printable = (text: string) => (isControlled(text) || text.length > 256 ? shown(text) : text)
