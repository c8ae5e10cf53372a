import type { Engine } from '../../config.ts'
import { check } from '../check.ts'
import { setKey } from '../mend.ts'

export const otherEngines = check({
  name: 'other-engines',
  text: 'That every engine in vault_addr answers. A login tries them in their order.',
  dependsOn: ['configuration'],
  causes: {
    slow: 'An engine before the one that answers does not: each login waits for it, up to 3 seconds.',
    spare: 'An engine behind the one that answers does not: it cannot take over.',
  },
  run: async context => {
    const states = await context.engines()
    const works = states.findIndex(({ refusal }) => refusal === undefined)
    const broken = states.findIndex(({ refusal }) => refusal !== undefined)
    // while none answers, the other checks say why
    if (works < 0 || broken < 0) return undefined
    const { engine, refusal, probe } = states[broken] ?? { engine: { name: '' } }
    const why = probe?.untrusted ?? refusal
    const working = states.filter(each => each.refusal === undefined)
    const names = working.map(each => JSON.stringify(addressOf(each.engine))).join(', ')
    const mend = `${setKey(context, 'vault_addr', `[${names}]`)}   # or start it`
    return broken < works
      ? {
          ...{ level: 'warning', cause: 'slow', mend },
          says: `${engine.name}, which every login tries first, does not answer (${why}): each login waits up to 3 seconds for it`,
        }
      : {
          ...{ level: 'warning', cause: 'spare', mend },
          says: `${engine.name} does not answer (${why}), so it cannot take over`,
        }
  },
})

/** As vault_addr has it. */
const addressOf = ({ name, path }: Engine): string => `${name}${path.replace(/\/v1\/.*$/, '')}`
