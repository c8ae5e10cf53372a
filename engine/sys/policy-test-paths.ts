import { map, oneOf, string } from '../../shared/field.ts'
import { type Call, callerOf } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { invalidAs } from '../api/invalid-as.ts'
import { requireNoRelative, withoutEmptySegments } from '../api/path-form.ts'
import type { Reply } from '../api/reply.ts'
import type { Core } from '../core/core.ts'
import { type Requester, routeOf, type Weighed, weigh } from '../core/request/admit.ts'
import { effectivePolicies } from '../core/request/effective-policies.ts'
import type { Acl, DecidingRule } from '../policy/acl.ts'
import { aclOfText } from '../policy/policies.ts'
import { whyRefused } from '../policy/why-refused.ts'
import { namedToken } from './token/token-reference.ts'

const fields = {
  path: string({ default: '', required: true, description: 'Path of the request.' }),
  operation: oneOf(
    'read',
    'list',
    'update',
    'delete',
  )({ default: 'update', description: 'What the request does: read, list, update or delete.' }),
  data: map({ default: {}, description: 'Parameters of the request, as JSON.' }),
  accessor: string({
    default: '',
    description: 'Accessor of the token to judge, in place of the one of the request.',
  }),
  policy: string({
    default: '',
    description: 'Text of a policy to judge alone, in place of those of a token.',
  }),
}

/** `policies/test`: whether a request would be allowed, and which stanza decides. */
export const policyTest = (core: Core) =>
  endpoint({
    path: 'policies/test',
    summary: 'Tells whether a request would be allowed, and by which stanza.',
    description:
      'Judges as a request is judged, and makes none. Without "accessor" and "policy", for the token of the request, which needs no policy for it; with one of them, requires sudo. The stanza has the names of all policies that have one for its path, which are merged.',
    isOwner: async () => true,
    fields,
    operations: {
      update: async function testPolicy({ path, operation, data, ...whose }, call) {
        const trimmed = withoutEmptySegments(path.trim()).replace(/^\/|\/$/g, '')
        if (trimmed === '') throw new ApiError('invalid', 'missing path')
        requireNoRelative(trimmed)
        const request = {
          path: operation === 'list' ? `${trimmed}/` : trimmed,
          operation,
          data,
          wrapTtl: undefined,
        }
        const judged = await judgedOne(core, whose, call)
        const route = routeOf(core, request)
        if (route?.endpoint?.access === 'public') return { data: { ...PUBLIC, path: trimmed } }
        const weighed = await weigh(core, { request, ...judged }, call.tx)
        return { data: { path: trimmed, operation, ...verdictOf(weighed, judged.acl) } }
      },
    },
  })

const PUBLIC = { allowed: true, policies: [], stanza: null, reason: 'the path requires no token' }

interface Judged {
  readonly caller: Requester
  readonly acl: Acl
}

/** Whose request is judged. @throws {ApiError} denied, for another's without sudo */
async function judgedOne(
  core: Core,
  { accessor, policy }: { readonly accessor: string; readonly policy: string },
  call: Call,
): Promise<Judged> {
  const { tx, now, render, path } = call
  const caller = callerOf(call)
  const acl = await core.policies.acl(tx, { ...caller, render })
  if (accessor === '' && policy === '') return { caller, acl }
  if (accessor !== '' && policy !== '')
    throw new ApiError('invalid', 'give either accessor or policy')
  if (!acl.judge({ operation: 'update', path, data: {} }).sudo)
    throw new ApiError('denied', 'to judge for another token or policy requires sudo on this path')
  if (policy !== '')
    return { caller: NOBODY, acl: await aclOfText(policy, render).catch(invalidAs('')) }
  const token = await namedToken(accessor, call)
  const subject = await effectivePolicies(tx, token, now)
  const { hash, entity: _, createdAt, numUses: __, ...rest } = token
  const other = { ...rest, ...subject, token: hash, issuedAt: createdAt }
  return {
    caller: { ...other, remainingUses: undefined, lastUse: false },
    acl: await core.policies.acl(tx, subject),
  }
}

/** Who owns nothing. */
const NOBODY: Requester = {
  token: '',
  accessor: '',
  displayName: '',
  policies: [],
  identityPolicies: [],
  metadata: null,
  entity: undefined,
  ttl: 0,
  issuedAt: 0,
  remainingUses: undefined,
  lastUse: false,
}

function verdictOf(weighed: Weighed, acl: Acl): NonNullable<Reply['data']> {
  const { permission, said, asked, caseFrom, isOwn, needsSudo } = weighed
  const rule =
    caseFrom === undefined ? acl.decidingRule(asked) : acl.decidingRuleAnyCase(asked, caseFrom)
  const owned = permission.allowed && !said.allowed
  return {
    allowed: permission.allowed,
    policies: permission.granting.filter(name => name !== ''),
    stanza: rule ? describe(rule) : null,
    ...(needsSudo && { requires_sudo: true }),
    ...(owned && isOwn && { reason: 'the token owns what the request is about' }),
    ...(!permission.allowed && { reason: refusal(weighed, rule) }),
  }
}

const describe = ({ path, capabilities, names }: DecidingRule) => ({
  path,
  capabilities: [...capabilities].sort(),
  policies: names.filter(name => name !== ''),
})

function refusal({ said, asked }: Weighed, rule: DecidingRule | undefined): string {
  if (!rule) return 'no stanza matches the path'
  // who may not write there does not learn whether there is something
  const mayWrite = rule.capabilities.has('update') || rule.capabilities.has('create')
  const operation = asked.operation === 'create' && !mayWrite ? 'update' : asked.operation
  if (!said.allowed) return whyRefused(rule, { ...asked, operation }) ?? 'the stanza refuses it'
  return 'the path requires the capability "sudo", which the stanza does not have'
}
