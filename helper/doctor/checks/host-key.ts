import { hostIdentity } from '../../host-identity.ts'
import { Refusal } from '../../refusal.ts'
import { check } from '../check.ts'
import { quoted, safeUnlessForeign } from '../mend.ts'

export const hostKey = check({
  name: 'host-key',
  text: 'The key by which this host signs its requests, if it is enrolled: that it is there, and only root can read it.',
  dependsOn: ['configuration'],
  causes: {
    mode: 'Other users can read or change the key: every login is denied.',
    unusable: 'The key is missing or damaged: every login is denied.',
  },
  run: ({ config }) => {
    try {
      hostIdentity(config)
      return undefined
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const [says, file] = [error.message, config.host?.keyFile ?? '']
      const isMode = /can be (?:read|changed)|belongs to/.test(says)
      return isMode
        ? {
            ...{ level: 'failure', cause: 'mode', says, ...safeUnlessForeign(says) },
            mend: `chown root: ${quoted(file)} && chmod 600 ${quoted(file)}`,
          }
        : {
            ...{ level: 'failure', cause: 'unusable', says },
            mend: enrollAgain(config.host?.name ?? ''),
          }
    }
  },
})

/** Enrols a host again, which takes a token of an administrator of the engine. */
export const enrollAgain = (name: string): string =>
  `postern-helper enroll -name=${name} -token-file=/root/enroll-token   # with a token: on the engine, postern write -force -field=token ssh/hosts/${name}/enroll`
