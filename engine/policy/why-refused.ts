import type { AccessRequest } from './acl.ts'
import { parametersAllowed } from './parameters.ts'
import type { Stanza } from './stanza.ts'

/**
 * Why a rule does not grant a request, for users and in the words of policies; undefined if it does. The order is that of the checks of
 * {@link Acl.judge}.
 */
export function whyRefused(rule: Stanza, asked: AccessRequest): string | undefined {
  const { operation, wrapTtl = 0 } = asked
  const { capabilities, minWrap, maxWrap } = rule
  if (capabilities.has('deny') || capabilities.size === 0) return 'the stanza denies everything'
  if (!(capabilities as ReadonlySet<string>).has(operation))
    return `the stanza does not have the capability "${operation}"`
  if (maxWrap > 0 && (wrapTtl === 0 || wrapTtl > maxWrap))
    return `the reply must be wrapped for at most ${maxWrap} seconds (max_wrapping_ttl)`
  if (minWrap > 0 && wrapTtl < minWrap)
    return `the reply must be wrapped for at least ${minWrap} seconds (min_wrapping_ttl)`
  if (operation === 'list' || operation === 'delete') return undefined
  return whyParametersRefused(rule, asked)
}

function whyParametersRefused(rule: Stanza, asked: AccessRequest): string | undefined {
  if (parametersAllowed(rule, asked)) return undefined
  const sent = new Set(Object.keys(asked.data).map(name => name.toLowerCase()))
  const missing = rule.required.find(name => !sent.has(name))
  if (missing !== undefined) return `the parameter "${missing}" must be sent (required_parameters)`
  for (const [name, raw] of Object.entries(asked.data)) {
    const alone = { ...asked, data: { [name]: raw } }
    if (!parametersAllowed({ ...rule, required: [], allowed: new Map() }, alone))
      return `the parameter "${name}" is refused (denied_parameters)`
    if (!parametersAllowed({ ...rule, required: [], denied: new Map() }, alone))
      return `the parameter "${name}" or its value is not among those allowed (allowed_parameters)`
  }
  return 'the parameters are refused'
}
