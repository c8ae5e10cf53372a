import { otherOwner } from '../../commands/state-owner.ts'
import { Refusal } from '../../refusal.ts'
import { keysFile, storedKeys } from '../../verify-keys.ts'
import { check } from '../check.ts'
import { quoted, safeUnlessForeign, setKey } from '../mend.ts'

export const storedKeySet = check({
  name: 'stored-keys',
  text: 'The keys of verify_keys that were fetched last.',
  dependsOn: ['configuration'],
  causes: {
    mode: 'Other users can change the stored keys: every login is denied.',
    damaged: 'The stored keys cannot be read: every login is denied.',
    directory: 'The directory for them is missing: after a replacement of the keys, logins fail.',
    shared:
      'They are those of another configuration with the same state_directory: each overwrites those of the other, and after a replacement of the keys every login is denied.',
  },
  run: context => {
    const { config, host } = context
    if (!config.verifyKeys) return undefined
    const other = otherOwner(config, context.configFile)
    if (other !== undefined)
      return {
        ...{ level: 'failure', cause: 'shared' },
        says: `${config.stateDirectory} has the keys of ${other}, which has the same state_directory`,
        mend: `${setKey(context, 'state_directory', JSON.stringify(`${config.stateDirectory}/2`))} && postern-helper verify-keys -config=${quoted(context.configFile)}`,
      }
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
