import { check } from '../check.ts'
import { decidedBy, setSshd } from '../mend.ts'
import { decidingLine } from '../sshd-lines.ts'

export const otherPasswords = check({
  name: 'other-passwords',
  text: 'Settings by which sshd accepts passwords without PAM, or by another method: KerberosAuthentication, PasswordAuthentication.',
  dependsOn: ['use-pam'],
  causes: {
    kerberos: 'sshd accepts passwords of Kerberos without PAM.',
    password: 'The method "password" asks the same PAM stack, with a prompt of its own.',
  },
  run: ({ sshd: { settings }, sshdLines }) => {
    if (settings.get('passwordauthentication') !== 'yes') return undefined
    const line = decidingLine(sshdLines, 'passwordauthentication')
    const mend = setSshd(line, 'PasswordAuthentication', 'no')
    return settings.get('kerberosauthentication') === 'yes'
      ? {
          ...{ level: 'failure', cause: 'kerberos', mend },
          says: 'KerberosAuthentication and PasswordAuthentication are yes: sshd accepts the password of a Kerberos principal without PAM',
        }
      : {
          ...{ level: 'warning', cause: 'password', mend },
          says: `PasswordAuthentication is yes: that method asks the same PAM stack; ${decidedBy(line)}`,
        }
  },
})
