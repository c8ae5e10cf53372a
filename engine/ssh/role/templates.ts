import { splitList } from '../../../shared/split-list.ts'
import type { Call } from '../../api/call.ts'
import { invalidAs } from '../../api/invalid-as.ts'
import type { CaRole, DynamicRole, OtpRole } from './role.ts'

interface Rendered {
  /** The role, its templates filled in with the caller's identity. */
  readonly role: CaRole
  readonly warnings: readonly string[]
}

export const isTemplate = (text: string) => text.includes('{{')

/**
 * Fills in the templates of a role with the caller's identity. Values are data: one with a comma is refused unless the role allows it.
 * Without an entity, allowed items with a template are dropped; the default user keeps its template, which the validators refuse.
 * Contract §2.9.
 * @throws {ApiError} invalid, if a template cannot be filled in
 */
export async function rendered(role: CaRole, call: Call): Promise<Rendered> {
  const fill = (text: string, wanted = false, commas = false) =>
    wanted && isTemplate(text) ? filled(text, call, commas ? '*' : LISTING) : text
  const commas = role.allowCommasInIdentityTemplates
  const extensions = await filledExtensions(role, call)
  return {
    role: {
      ...role,
      // an empty default user would give a certificate without principals, valid for all, where all users are allowed
      defaultUser: call.render
        ? await fill(role.defaultUser, role.defaultUserTemplate)
        : role.defaultUser,
      allowedUsers: await fill(role.allowedUsers, role.allowedUsersTemplate, commas),
      allowedDomains: await fill(role.allowedDomains, role.allowedDomainsTemplate, commas),
      defaultExtensions: extensions.values,
    },
    warnings: extensions.skipped ? [SKIPPED] : [],
  }
}

/** Characters that would turn a value into two, or into the wildcard. */
const LISTING = ',*'

/**
 * The same for the users of a role of type otp or dynamic. Without an entity, a default user with a template is dropped.
 * @throws {ApiError} invalid, if a template cannot be filled in
 */
export async function withUsers<R extends OtpRole | DynamicRole>(role: R, call: Call): Promise<R> {
  const { defaultUser, allowedUsers } = role
  const hasDefault = role.defaultUserTemplate && isTemplate(defaultUser)
  const hasAllowed = role.allowedUsersTemplate && isTemplate(allowedUsers)
  return {
    ...role,
    ...(hasDefault && { defaultUser: call.render ? await filled(defaultUser, call, LISTING) : '' }),
    ...(hasAllowed && { allowedUsers: await filled(allowedUsers, call, LISTING) }),
  }
}

const SKIPPED =
  'default_extension templating enabled with at least one extension requiring identity templating. However, this request lacked identity entity information, causing one or more extensions to be skipped from the generated certificate.'

async function filled(text: string, call: Call, forbidden: string): Promise<string> {
  // a caller without an entity must not match the text of a template
  if (!call.render)
    return splitList(text)
      .filter(item => !isTemplate(item))
      .join(',')
  return call
    .render(text, forbidden)
    .catch(invalidAs(`template '${text}' could not be rendered -> `))
}

async function filledExtensions(
  { defaultExtensions, defaultExtensionsTemplate }: CaRole,
  call: Call,
): Promise<{ values: Record<string, unknown>; skipped: boolean }> {
  const values: Record<string, unknown> = {}
  let skipped = false
  for (const [name, value] of Object.entries(defaultExtensions)) {
    const text = String(value)
    if (!defaultExtensionsTemplate || !isTemplate(text)) values[name] = value
    else if (call.render) values[name] = await filled(text, call, '')
    else skipped = true
  }
  return { values, skipped }
}
