import { check } from '../check.ts'
import { deleteLine, edit } from '../mend.ts'
import { placeIn, type Stack } from '../stack.ts'

export const pamSlip = check({
  name: 'pam-slip',
  text: 'That a mistake in the line of the helper refuses users, and does not let them in: what would happen if libpam ignored it, and where the line is.',
  dependsOn: ['pam-credentials'],
  causes: {
    opens:
      'If the line of the helper were commented out, or had a wrong type=, another line would let users in: pam_permit, pam_unix or pam_cap behind it, or a line before it that says yes to everybody.',
    fragment:
      'The line is in a file that is included: if that is ever empty, PAM takes the service "other".',
    'no-nologin': 'Without pam_nologin before it, a password is used up while nobody may log in.',
  },
  run: ({ stack }) => {
    const { helper, atSlip, file, lines } = stack
    if (!helper) return undefined
    const place = placeIn(helper.line)
    const [slip] = atSlip
    if (slip !== undefined)
      return {
        ...{ level: 'warning', cause: 'opens' },
        says: `if the line of the helper were ever ignored, ${slip} would let users in`,
        mend: takenOut(stack, slip),
      }
    if (place.file !== file)
      return {
        ...{ level: 'warning', cause: 'fragment' },
        says: `the line of the helper is in ${place.file}, not in ${file} itself: if that file is ever empty, PAM uses the service "other"`,
        mend: edit(file, `the auth lines of ${place.file} in place of its include`),
      }
    return lines.some(({ module }) => module === 'pam_nologin.so')
      ? undefined
      : {
          ...{ level: 'warning', cause: 'no-nologin' },
          says: 'no auth line of pam_nologin.so stands before the helper: while /etc/nologin is there, passwords are used up for nothing',
          mend: `sed -i '${place.number}i auth requisite pam_nologin.so' ${place.file}`,
        }
  },
})

/** Lets a line that limits who may log in do so as an account line, and has pam_env in place of another one. */
function takenOut({ lines, file }: Stack, slip: string): string {
  const line = lines.find(({ module, place }) => `${module} (${place})` === slip)
  if (!line) return edit(file, `let only "auth required pam_env.so" stand beside the helper`)
  const at = placeIn(line)
  if (['pam_shells.so', 'pam_access.so', 'pam_time.so'].includes(line.module))
    return `sed -i '${at.number}s/auth/account/' ${at.file}`
  return lines.some(({ module }) => module === 'pam_env.so')
    ? deleteLine(at.file, at.number)
    : `sed -i '${at.number}c auth required pam_env.so' ${at.file}`
}
