import { older, rest, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { Call, Reply } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { deletePolicy, policyNames, readPolicy, writePolicy } from '../policy/policies.ts'

const name = rest({ default: '', plain: true, description: 'Name of the policy, in lower case.' })

const policy = string({
  required: true,
  default: '',
  description: 'Text of the policy, in HCL or JSON, 256 KiB at the most; may be encoded as base64.',
})

const one = {
  summary: 'Reads, writes or deletes a policy.',
  description:
    'A policy says what may be done with which paths. A change counts from the next request on, for every token that has it.',
  anyCase: true,
  shows: ['name', 'policy', 'rules'],
} as const

/** `sys/policies/acl`, and its older form `sys/policy`. Contract §4.6. */
export const policies = [
  endpoint({
    path: 'policies/acl',
    summary: 'Lists the policies.',
    description: 'Answers with the names of all policies.',
    shows: ['keys'],
    fields: {},
    operations: { list: async (_, { tx }) => ({ data: { keys: await policyNames(tx) } }) },
  }),
  endpoint({
    ...one,
    path: 'policies/acl/:name',
    fields: { name, policy },
    operations: {
      async read(given, call) {
        return { data: { name: named(given), policy: await text(given, call) } }
      },
      update: async (given, call) => write(given, call),
      delete: remove,
    },
  }),
  endpoint({
    path: 'policy',
    summary: 'Lists the policies.',
    description: 'Older form of policies/acl.',
    shows: ['keys', 'policies'],
    fields: {},
    operations: { read: listOld, list: listOld },
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
      async read(given, call) {
        return { data: { name: named(given), rules: await text(given, call) }, hoisted: true }
      },
      async update({ rules, ...given }, call) {
        const old = given.policy === '' && rules !== ''
        const reply = await write(old ? { ...given, policy: rules } : given, call)
        const deprecated = "'rules' is deprecated, please use 'policy' instead"
        return old ? { warnings: [...(reply?.warnings ?? []), deprecated] } : reply
      },
      delete: remove,
    },
  }),
]

async function listOld(_: object, { tx }: Call): Promise<Reply> {
  const keys = await policyNames(tx)
  return { data: { keys, policies: keys }, hoisted: true }
}

interface Given {
  readonly name: string
}

const named = (given: Given) => given.name.toLowerCase()

async function text(given: Given, { tx }: Call): Promise<string> {
  const found = named(given) === 'root' ? '' : await readPolicy(tx, named(given))
  if (found === undefined) throw new ApiError('missing')
  return found
}

/** Nobody can change what it says: it is not written down. */
const isFixed = (each: string) => each === 'root' || each === 'response-wrapping'

async function write(
  given: Given & { readonly policy: string },
  { tx }: Call,
): Promise<Reply | undefined> {
  const to = named(given)
  if (isFixed(to)) throw new ApiError('invalid', `cannot update "${to}" policy`)
  if (given.policy === '') throw new ApiError('invalid', "'policy' parameter not supplied or empty")
  try {
    await writePolicy(tx, to, decoded(given.policy))
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', error.message, { cause: error })
  }
  return to === given.name ? undefined : { warnings: [`policy name was converted to ${to}`] }
}

async function remove(given: Given, { tx }: Call): Promise<undefined> {
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
