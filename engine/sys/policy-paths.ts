import { older, rest, string } from '../../shared/field.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { invalidAs } from '../api/invalid-as.ts'
import type { Reply } from '../api/reply.ts'
import { requireFound } from '../api/require-found.ts'
import { WRAPPING_POLICY } from '../api/wrapping-policy.ts'
import { deletePolicy, policyNames, readPolicy, writePolicy } from '../policy/policies.ts'
import { unbalancedPaths, unbalancedPolicies } from '../policy/unbalanced.ts'
import type { Tx } from '../storage/transact.ts'

const name = rest({ default: '', plain: true, description: 'Name of the policy, in lower case.' })

const policy = string({
  required: true,
  default: '',
  description: 'Policy in HCL or JSON, optionally base64-encoded, of at most 256 KiB.',
})

const one = {
  summary: 'Reads, writes or deletes a policy.',
  description:
    'A policy grants capabilities on paths. A change applies from the next request on, for every token that has the policy.',
  anyCase: true,
  plainReplyKeys: ['name', 'policy', 'rules'],
} as const

/** `sys/policies/acl`, and its older form `sys/policy`. Contract §4.6. */
export const policies = [
  endpoint({
    path: 'policies/acl',
    summary: 'Lists the policies.',
    description: 'Returns the names of all policies.',
    plainReplyKeys: ['keys'],
    fields: {},
    operations: {
      list: async function listPolicies(_, { tx }) {
        return { data: { keys: await policyNames(tx) }, ...(await aboutAll(tx)) }
      },
    },
  }),
  endpoint({
    ...one,
    path: 'policies/acl/:name',
    fields: { name, policy },
    operations: {
      read: async function readAclPolicy(given, call) {
        const policy = await text(given, call)
        return { data: { name: named(given), policy }, ...(await aboutPaths(policy)) }
      },
      update: async function writeAclPolicy(given, call) {
        return write(given, call)
      },
      delete: deleteAclPolicy,
    },
  }),
  endpoint({
    path: 'policy',
    summary: 'Lists the policies.',
    description: 'Older form of policies/acl.',
    plainReplyKeys: ['keys', 'policies'],
    fields: {},
    operations: { read: listPoliciesOldPath, list: listPoliciesOldPath },
  }),
  endpoint({
    ...one,
    path: 'policy/:name',
    fields: {
      name,
      policy,
      rules: older('policy', policy),
    },
    operations: {
      read: async function readPolicyOldPath(given, call) {
        const rules = await text(given, call)
        return { data: { name: named(given), rules }, hoisted: true, ...(await aboutPaths(rules)) }
      },
      update: async function writePolicyOldPath({ rules, ...given }, call) {
        const old = given.policy === '' && rules !== ''
        const reply = await write(old ? { ...given, policy: rules } : given, call)
        const deprecated = "'rules' is deprecated, please use 'policy' instead"
        return old ? { warnings: [...(reply?.warnings ?? []), deprecated] } : reply
      },
      delete: deleteAclPolicy,
    },
  }),
]

async function listPoliciesOldPath(_: object, { tx }: Call): Promise<Reply> {
  const keys = await policyNames(tx)
  return { data: { keys, policies: keys }, hoisted: true, ...(await aboutAll(tx)) }
}

/** Warns of paths with unbalanced templates, which match nothing. */
async function aboutPaths(policy: string): Promise<Pick<Reply, 'warnings'>> {
  const warnings = (await unbalancedPaths(policy)).map(
    path => `path ${JSON.stringify(path)} matches nothing: unbalanced templating characters`,
  )
  return warnings.length > 0 ? { warnings } : {}
}

/** Warns of policies with such paths. */
async function aboutAll(tx: Tx): Promise<Pick<Reply, 'warnings'>> {
  const names = await unbalancedPolicies(tx)
  const sentence = `these policies have paths that match nothing, because of unbalanced templating characters: ${names.join(', ')}`
  return names.length > 0 ? { warnings: [sentence] } : {}
}

interface PolicyName {
  readonly name: string
}

const named = (given: PolicyName) => given.name.toLowerCase()

async function text(given: PolicyName, { tx }: Call): Promise<string> {
  return requireFound(named(given) === 'root' ? '' : await readPolicy(tx, named(given)))
}

/** Whether a policy is built in and cannot be changed. */
const isFixed = (each: string) => each === 'root' || each === WRAPPING_POLICY

async function write(
  given: PolicyName & { readonly policy: string },
  { tx }: Call,
): Promise<Reply | undefined> {
  const to = named(given)
  if (isFixed(to)) throw new ApiError('invalid', `cannot update "${to}" policy`)
  if (given.policy === '') throw new ApiError('invalid', "'policy' parameter not supplied or empty")
  await writePolicy(tx, to, decoded(given.policy)).catch(invalidAs())
  return to === given.name ? undefined : { warnings: [`policy name was converted to ${to}`] }
}

async function deleteAclPolicy(given: PolicyName, { tx }: Call): Promise<undefined> {
  const from = named(given)
  if (from === 'default') throw new ApiError('invalid', 'cannot delete default policy')
  if (isFixed(from)) throw new ApiError('invalid', `cannot delete "${from}" policy`)
  await deletePolicy(tx, from)
  return undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function decoded(given: string): string {
  const bare = given.replace(/[\r\n]/g, '')
  return BASE64.test(bare) ? Buffer.from(bare, 'base64').toString() : given
}
