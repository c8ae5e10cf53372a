import { Invalid } from '../../../shared/invalid.ts'
import { parsePolicy } from '../../policy/parse-policy.ts'
import type { Import } from './import-parts.ts'

/** Plans the policies. Templates name the accessors and ids of the target. */
export function planPolicies({ source, target, ids, builder }: Import): void {
  for (const [name, text] of source.policies) {
    const present = target.policies.get(name)
    const path = `sys/policies/acl/${name}`
    const shown = ids.translate(text).trim()
    const mistake = mistakeIn(text)
    if (mistake !== undefined)
      builder.leave({
        what: path,
        reason: `Postern refuses it: ${mistake}`,
        remedy: `change it, and write it: postern policy write ${name} FILE`,
      })
    else if (name === 'default' && present?.trim() !== shown)
      builder.leave({
        what: path,
        reason: 'every server has a text of its own, which changes with its versions',
        remedy: 'if you changed it at the source, change it here: postern policy read default',
      })
    else
      builder.compare({
        path,
        before: present === undefined ? undefined : { policy: present.trim() },
        after: { policy: shown },
        async perform(client) {
          await client.write(path, { policy: ids.translate(text) })
        },
      })
  }
}

/** Why Postern does not accept a policy; undefined if it does. */
function mistakeIn(text: string): string | undefined {
  try {
    parsePolicy(text)
    return undefined
  } catch (error) {
    if (error instanceof Invalid) return error.message
    throw error
  }
}
