import { problemOfLog } from '../../log-file.ts'
import { check } from '../check.ts'
import { quoted, safeUnlessForeign } from '../mend.ts'

export const logFile = check({
  name: 'log-file',
  text: 'That lines can be appended to log_file, and that only root and one group can read it.',
  dependsOn: ['configuration'],
  causes: {
    mode: 'Others may read or write the log: lines go to syslog instead.',
    unusable: 'The log cannot be written: lines go to syslog instead.',
  },
  run: ({ config }) => {
    const file = config.logFile
    const says = file === undefined ? undefined : problemOfLog(file)
    if (file === undefined || says === undefined) return undefined
    const isMode = /chmod 600|another user/.test(says)
    return isMode
      ? {
          ...{ level: 'warning', cause: 'mode', says, ...safeUnlessForeign(says) },
          mend: `chown root ${quoted(file)} && chmod 600 ${quoted(file)}`,
        }
      : {
          ...{ level: 'warning', cause: 'unusable', says },
          mend: `rm ${quoted(file)}   # the next login makes it anew; keep what is in it`,
        }
  },
})
