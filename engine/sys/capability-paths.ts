import { list, older, string } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import { type Call, callerOf } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError, wrapped } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import { saltedHash } from '../api/salted-hash.ts'
import type { Core } from '../core/core.ts'
import { effectivePolicies } from '../core/request/effective-policies.ts'
import { tokenMount } from '../core/token-mount.ts'
import type { Subject } from '../policy/policies.ts'
import { findToken, tokenOfAccessor } from '../token/tokens.ts'

const paths = list({ default: [], description: 'Paths to check.' })

const fields = {
  paths,
  path: older('paths', paths),
}

const description =
  'Returns the capabilities on each path: "root" for all, "deny" for none, or a list of capabilities.'

/** `sys/capabilities`, of any token or of the caller, and `sys/internal/ui/resultant-acl`. Contract §4.6. */
export const capabilities = (core: Core) => [
  endpoint({
    path: 'capabilities-self',
    summary: "Returns the capabilities of the caller's token on paths.",
    description,
    fields,
    operations: {
      update: function readOwnCapabilities(given, call) {
        return answer(core, { ...callerOf(call), render: call.render }, given, call)
      },
    },
  }),
  endpoint({
    path: 'capabilities',
    summary: 'Returns the capabilities of a token on paths.',
    description,
    fields: { ...fields, token: string({ default: '', description: 'The token.' }) },
    operations: {
      update: async function readCapabilities({ token, ...given }, call) {
        const { salt } = tokenMount(core.mounts)
        const found = await findToken(call.tx, saltedHash(salt, new Secret(token)), call.now)
        if (!found) throw new ApiError('invalid', wrapped('invalid token'))
        return answer(core, await effectivePolicies(call.tx, found, call.now), given, call)
      },
    },
  }),
  endpoint({
    path: 'capabilities-accessor',
    summary: 'Returns the capabilities of the token of an accessor on paths.',
    description,
    fields: {
      ...fields,
      accessor: string({ default: '', description: 'Accessor of the token.' }),
    },
    operations: {
      update: async function readCapabilitiesOfAccessor({ accessor, ...given }, call) {
        const found =
          accessor === '' ? undefined : await tokenOfAccessor(call.tx, accessor, call.now)
        if (!found) throw new ApiError('invalid', 'invalid accessor')
        return answer(core, await effectivePolicies(call.tx, found, call.now), given, call)
      },
    },
  }),
  endpoint({
    path: 'internal/ui/resultant-acl',
    summary: 'Returns the merged rules of all policies of the caller.',
    description: 'The rules are grouped into exact paths and prefixes.',
    fields: {},
    operations: {
      read: async function readResultantAcl(_, call) {
        const acl = await core.policies.acl(call.tx, { ...callerOf(call), render: call.render })
        const { root, exact, glob } = acl.rules
        return { data: { root, exact_paths: exact, glob_paths: glob } }
      },
    },
  }),
]

async function answer(
  { policies }: Core,
  subject: Subject,
  given: { readonly paths: readonly string[]; readonly path: readonly string[] },
  { tx }: Call,
): Promise<Reply> {
  const paths = given.paths.length > 0 ? given.paths : given.path
  if (paths.length === 0) throw new ApiError('invalid', 'paths must be supplied')
  const acl = await policies.acl(tx, subject)
  const found = paths.map(path => [path, acl.capabilities(path.replace(/^\//, ''))] as const)
  const only = found.length === 1 ? found[0]?.[1] : undefined
  return {
    data: { ...Object.fromEntries(found), ...(only && { capabilities: only }) },
    hoisted: true,
  }
}
