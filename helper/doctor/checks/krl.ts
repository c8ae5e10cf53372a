import { fetchList } from '../../commands/fetch-list.ts'
import { krlVersion } from '../../commands/krl-header.ts'
import { readTag } from '../../commands/krl-tag.ts'
import { Refusal } from '../../refusal.ts'
import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { quoted } from '../mend.ts'
import { contentIn } from '../own-files.ts'

export const krl = check({
  name: 'krl',
  text: 'The list of revoked keys (RevokedKeys of sshd): that sshd can read it, and that it is the newest of the engine.',
  dependsOn: ['sshd-configuration', 'echo'],
  causes: {
    unreadable: 'sshd cannot read the list, and refuses every key.',
    stale: 'The engine has a newer list: what was revoked since is still accepted.',
    unknown: 'The engine does not give the list, or not signed.',
  },
  run: async context => {
    const file = context.sshd.settings.get('revokedkeys') ?? 'none'
    if (file === 'none') return undefined
    const content = contentIn(context, file)
    if (!content)
      return {
        ...{ level: 'failure', cause: 'unreadable' },
        says: `sshd cannot read ${file}, its RevokedKeys, and refuses every key`,
        mend: `postern-helper krl -out=${quoted(file)}`,
      }
    const age = context.host.stat(file)?.mtimeMs ?? 0
    context.measures.set('krl_age_seconds', Math.max(0, Math.round((context.time() - age) / 1000)))
    return krlVersion(content) === undefined ? undefined : compare(context, file, content)
  },
})

async function compare(context: Context, file: string, content: Buffer) {
  const tag = readTag(file)
  const known = tag.describes(content) ? tag.text : ''
  const own = krlVersion(content)
  try {
    const { status, body } = await fetchList(context.config, {
      ...{ path: 'krl', expected: [200, 304], what: 'the list of revoked keys' },
      ...(known !== '' && { headers: { 'If-None-Match': known } }),
    })
    const there = status === 304 ? own : krlVersion(body)
    context.measures.set('krl_version', Number(own))
    return there === own
      ? undefined
      : {
          ...({ level: 'warning', cause: 'stale' } as const),
          says: `${file} has version ${own}, the engine has ${there}`,
          mend: `postern-helper krl -out=${quoted(file)}`,
        }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return {
      ...({ level: 'warning', cause: 'unknown' } as const),
      says: `${file} cannot be compared with that of the engine: ${error.message}`,
      mend: `postern-helper krl -out=${quoted(file)}`,
    }
  }
}
