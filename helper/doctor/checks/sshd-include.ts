import { check } from '../check.ts'
import { RELOAD } from '../mend.ts'
import { placeOf, SSHD_CONFIG } from '../sshd-lines.ts'

const FOLDER = '/etc/ssh/sshd_config.d'

export const sshdInclude = check({
  name: 'sshd-include',
  text: 'That sshd_config includes sshd_config.d, if there are drop-ins, before its own settings and outside of Match blocks.',
  dependsOn: ['sshd-configuration'],
  causes: {
    missing: 'sshd_config has no Include: sshd does not read the settings of Postern.',
    conditional: 'The Include is in a Match block: the settings of Postern are not for all users.',
  },
  run: ({ host, sshdLines }) => {
    const dropIns = host.list(FOLDER).filter(name => name.endsWith('.conf'))
    if (dropIns.length === 0) return undefined
    const included = sshdLines.find(
      ({ keyword, value }) => keyword === 'include' && /sshd_config\.d\/\S*\*/.test(value),
    )
    const add = `sed -i '1i Include ${FOLDER}/*.conf' ${SSHD_CONFIG}`
    if (!included)
      return {
        ...{ level: 'failure', cause: 'missing' },
        says: `${SSHD_CONFIG} has no "Include ${FOLDER}/*.conf", so sshd does not read ${dropIns.join(', ')}`,
        mend: `${add} && sshd -t && { ${RELOAD}; }`,
      }
    return included.match === undefined
      ? undefined
      : {
          ...{ level: 'failure', cause: 'conditional' },
          says: `${placeOf(included)} includes ${FOLDER} only for "Match ${included.match}"`,
          mend: `sed -i '${included.number}d' ${included.file} && ${add} && sshd -t && { ${RELOAD}; }`,
        }
  },
})
