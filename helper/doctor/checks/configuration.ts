import { Refusal } from '../../refusal.ts'
import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { edit, quoted } from '../mend.ts'

export const configuration = check({
  name: 'configuration',
  text: 'The configuration of the helper: syntax, keys and values, and that only root can change the file and its parent directories.',
  dependsOn: ['root'],
  causes: {
    missing: 'There is no configuration: every login is denied.',
    writable: 'Other users can change the configuration: every login is denied.',
    owner: 'The configuration belongs to another user: every login is denied.',
    invalid: 'The configuration cannot be used: every login is denied.',
  },
  run: context => {
    try {
      void context.config
      return undefined
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return finding(context, error.message)
    }
  },
})

function finding(context: Context, says: string) {
  const file = context.configFile
  const failure = { level: 'failure', says } as const
  const [, path = file] = /^(\/.*?) (?:can be changed|belongs to)/.exec(says) ?? []
  if (says.includes('can be changed by other users'))
    return {
      ...failure,
      ...({ cause: 'writable', safe: true } as const),
      mend: `chmod go-w ${quoted(path)}`,
    }
  if (says.includes('belongs to another user'))
    return {
      ...failure,
      cause: 'owner' as const,
      // whoever it belongs to may have written what is in it
      mend: `chown root: ${quoted(path)}   # after a look at what is in it`,
    }
  if (says.includes('does not exist') && context.host.stat(file) === undefined)
    return {
      ...failure,
      cause: 'missing' as const,
      mend: 'postern-helper setup -engine=URL   # the address of the engine',
    }
  return { ...failure, cause: 'invalid' as const, mend: edit(file, says) }
}
