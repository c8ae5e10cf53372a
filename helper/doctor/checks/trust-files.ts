import { check } from '../check.ts'
import { edit, quoted, safeUnlessForeign } from '../mend.ts'

export const trustFiles = check({
  name: 'trust-files',
  text: 'The files of ca_cert and ca_path: that they hold certificates, and only root can change them.',
  dependsOn: ['configuration'],
  causes: {
    mode: 'Other users can change the CA certificates: every login is denied.',
    unusable: 'The CA certificates cannot be read: every login is denied.',
  },
  run: async context => {
    const { failed } = (await context.engine()).probe
    if (failed?.stage !== 'trust-file') return undefined
    const says = failed.message
    const [, path = ''] = /^(\/.*?) (?:can be changed|belongs to)/.exec(says) ?? []
    return path === ''
      ? {
          ...{ level: 'failure', cause: 'unusable', says },
          mend: edit(context.configFile, 'ca_cert = the file of the CA of the engine'),
        }
      : {
          ...{ level: 'failure', cause: 'mode', says, ...safeUnlessForeign(says) },
          mend: `chown root: ${quoted(path)} && chmod go-w ${quoted(path)}`,
        }
  },
})
