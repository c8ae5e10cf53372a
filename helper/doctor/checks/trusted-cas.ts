import { fetchList } from '../../commands/fetch-list.ts'
import { contentOf } from '../../commands/install-file.ts'
import { Refusal } from '../../refusal.ts'
import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { quoted } from '../mend.ts'

export const trustedCas = check({
  name: 'trusted-cas',
  text: 'The keys of user CAs (TrustedUserCAKeys of sshd), if it is the file of postern-helper trust: that they are those of the engine.',
  dependsOn: ['sshd-configuration', 'echo'],
  causes: {
    missing: 'sshd accepts no certificate.',
    stale:
      'The engine has other keys: certificates of a new CA are refused, of an old one accepted.',
    unknown: 'The engine does not give the keys, or not signed.',
  },
  run: async context => {
    const file = context.sshd.settings.get('trustedusercakeys') ?? 'none'
    if (!/\/postern-[^/]*$/.test(file)) return undefined
    const found = context.host.stat(file)
    if (!found)
      return {
        ...{ level: 'failure', cause: 'missing' },
        says: `${file}, the TrustedUserCAKeys of sshd, is not there: it accepts no certificate`,
        mend: `postern-helper trust -out=${quoted(file)}`,
      }
    return compare(context, file)
  },
})

async function compare({ config }: Context, file: string) {
  const mend = `postern-helper trust -out=${quoted(file)}`
  try {
    const what = 'the keys of the CAs'
    const { body } = await fetchList(config, { path: 'public_keys', expected: [200], what })
    return contentOf(file)?.equals(body)
      ? undefined
      : {
          ...({ level: 'warning', cause: 'stale', mend } as const),
          says: `${file} does not have the keys that the engine has now`,
        }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return {
      ...({ level: 'warning', cause: 'unknown', mend } as const),
      says: `${file} cannot be compared with the keys of the engine: ${error.message}`,
    }
  }
}
