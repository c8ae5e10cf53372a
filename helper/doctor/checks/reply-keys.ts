import { askEngine, memberOf } from '../../commands/engine-request.ts'
import { Refusal } from '../../refusal.ts'
import { storedKeys } from '../../verify-keys.ts'
import { check } from '../check.ts'

export const replyKeys = check({
  name: 'reply-keys',
  text: 'That the stored keys of verify_keys are the newest of the engine.',
  dependsOn: ['enrollment'],
  causes: {
    stale:
      'The engine has a newer set: when it begins to sign with a new key, this host denies every login.',
    'never-fetched': 'The set was never fetched: this host knows only the keys in helper.toml.',
  },
  run: async ({ config }) => {
    if (!config.verifyKeys) return undefined
    const mend = 'postern-helper verify-keys'
    const own = storedKeys(config)?.version
    if (own === undefined)
      return {
        ...{ level: 'warning', cause: 'never-fetched', mend },
        says: `the keys of verify_keys have not been fetched since helper.toml was changed`,
      }
    try {
      const reply = await askEngine(config, { method: 'GET', path: 'verify/keys' })
      const there = memberOf(reply, 'data', 'version')
      return typeof there !== 'number' || there <= own
        ? undefined
        : {
            ...{ level: 'warning', cause: 'stale', mend },
            says: `this host has version ${own} of the keys that sign answers, the engine has ${there}`,
          }
    } catch (error) {
      if (error instanceof Refusal) return undefined
      throw error
    }
  },
})
