import { OWN_SERVICE } from './pam-lines.ts'

const HEADING =
  '# Logins with one-time passwords. Written by "postern-helper setup", and removed by'

const BEGIN = '# begin postern'
const END = '# end postern'

/** Which settings this sshd knows. */
export interface SshdAbilities {
  /** `PAMServiceName`. */
  readonly namesService: boolean
  /** `PerSourceMaxStartups`: OpenSSH 8.5. */
  readonly limitsSources: boolean
}

/** The settings of sshd, and their reasons. packaging/sshd has the same for setting a host up by hand. */
export const sshdSettings = ({ namesService, limitsSources }: SshdAbilities): string =>
  [
    HEADING,
    '# "postern-helper setup -undo". sshd uses the first value that it reads.',
    ...(namesService ? [`PAMServiceName ${OWN_SERVICE}`] : []),
    'UsePAM yes',
    'KbdInteractiveAuthentication yes',
    '# the same setting for OpenSSH before 8.7, which needs both',
    'ChallengeResponseAuthentication yes',
    '# the method "password" would ask for the password of the account',
    'PasswordAuthentication no',
    '# longer than the deadline of the helper',
    'LoginGraceTime 60',
    '# a login waits for the engine, so more of them are open at the same time than with keys',
    'MaxStartups 100:30:300',
    ...(limitsSources
      ? [
          '# of these one client may have so many; with IPv6 a client has a /64',
          'PerSourceMaxStartups 30',
          'PerSourceNetBlockSize 32:64',
        ]
      : []),
    '',
  ].join('\n')

/** The settings as a block at the top of sshd_config, for an sshd that includes no directory. */
export const withSettingsBlock = (config: string, settings: string): string =>
  `${BEGIN}\n${settings}${END}\n${withoutSettingsBlock(config)}`

/** sshd_config without our block. */
export function withoutSettingsBlock(config: string): string {
  const lines = config.split('\n')
  const [begin, end] = [lines.indexOf(BEGIN), lines.indexOf(END)]
  return begin < 0 || end < begin ? config : lines.toSpliced(begin, end - begin + 1).join('\n')
}

/** What is left of a file of ours without the lines that {@link sshdSettings} can have; undefined if only comments are. */
export function withoutSettings(text: string): string | undefined {
  const ours = new Set(sshdSettings({ namesService: true, limitsSources: true }).split('\n'))
  const rest = text.split('\n').filter(line => !ours.has(line))
  return rest.some(line => /^\s*[^#\s]/.test(line)) ? `${rest.join('\n')}\n` : undefined
}
