import { Refusal } from '../../refusal.ts'
import { keysFile, storedKeys } from '../../verify-keys.ts'
import { check } from '../check.ts'
import { quoted, safeUnlessForeign } from '../mend.ts'

export const storedKeySet = check({
  name: 'stored-keys',
  text: 'The keys of verify_keys that were fetched last.',
  dependsOn: ['configuration'],
  causes: {
    mode: 'Other users can change the stored keys: every login is denied.',
    damaged: 'The stored keys cannot be read: every login is denied.',
    directory: 'The directory for them is missing: after a replacement of the keys, logins fail.',
  },
  run: ({ config, host }) => {
    if (!config.verifyKeys) return undefined
    if (host.stat(config.stateDirectory) === undefined)
      return {
        ...{ level: 'warning', cause: 'directory', safe: true },
        says: `${config.stateDirectory} is not there, and the keys of verify_keys have not been fetched`,
        mend: `install -d -m 700 ${quoted(config.stateDirectory)} && postern-helper verify-keys`,
      }
    try {
      storedKeys(config)
      return undefined
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const says = error.message.replace(/; fetch it again.*/, '')
      const [, path = keysFile(config)] = /: (\/.*?) (?:can be changed|belongs to)/.exec(says) ?? []
      return /can be changed|belongs to/.test(says)
        ? {
            ...{ level: 'failure', cause: 'mode', says, ...safeUnlessForeign(says) },
            mend: `chown root: ${quoted(path)} && chmod go-w ${quoted(path)}`,
          }
        : {
            ...{ level: 'failure', cause: 'damaged', says },
            mend: `rm ${quoted(keysFile(config))} && postern-helper verify-keys`,
          }
    }
  },
})
