import { parseAddress } from '../../../shared/address.ts'
import { fieldKind } from '../../../shared/field.ts'
import { HOST_NAME } from '../../../shared/host-signature.ts'
import { shown } from '../../../shared/printable.ts'
import { ApiError } from '../../api/errors.ts'

/** The name of a host in a path. It is stored in lower case. */
export const hostNameField = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '\\w(?:[\\w.-]*\\w)?',
  parse: raw => String(raw).toLowerCase(),
})

/** @throws {ApiError} invalid */
export function requireHostName(name: string): string {
  if (HOST_NAME.test(name)) return name
  throw new ApiError(
    'invalid',
    'the name of a host has letters, digits, "_", and "." or "-" inside, 253 characters at the most',
  )
}

/** @throws {ApiError} invalid, for more than {@link MOST} or what is no address */
export function requireAddresses(texts: readonly string[]): readonly string[] {
  requireFew('addresses', texts)
  const addresses = texts.map(text => {
    const address = parseAddress(text)
    if (!address) throw new ApiError('invalid', `addresses: invalid IP ${shown(text)}`)
    return address
  })
  return [...new Set(addresses)].sort()
}

/** @throws {ApiError} invalid */
export function requireGroups(texts: readonly string[]): readonly string[] {
  requireFew('groups', texts)
  const groups = texts.map(text => text.toLowerCase())
  const wrong = groups.find(group => !HOST_NAME.test(group))
  if (wrong !== undefined)
    throw new ApiError('invalid', `groups: ${shown(wrong)} is not a name such as "web-servers"`)
  return [...new Set(groups)].sort()
}

/** Addresses, or groups, of one host: its record is read at every login. */
const MOST = 64

function requireFew(field: string, texts: readonly string[]): void {
  if (texts.length > MOST) throw new ApiError('invalid', `${field}: more than ${MOST}`)
}
