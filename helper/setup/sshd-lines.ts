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

/** sshd_config without our block, whose end somebody may have removed, and with what others have added to it. */
export function withoutSettingsBlock(config: string): string {
  const lines = config.split('\n')
  const begin = lines.indexOf(BEGIN)
  if (begin < 0) return config
  const end = lines.indexOf(END, begin)
  if (end < 0)
    return [...lines.slice(0, begin), ...linesOfOthers(lines.slice(begin + 1))].join('\n')
  const added = linesOfOthers(lines.slice(begin + 1, end))
  return lines.toSpliced(begin, end - begin + 1, ...added).join('\n')
}

/**
 * What is left of a file of ours, which was changed since, without our settings; undefined if only comments are. A setting of ours with
 * another value is not left either: it would be in effect on a host that is no longer set up.
 */
export function withoutSettings(text: string): string | undefined {
  const rest = linesOfOthers(text.split('\n')).join('\n').trim()
  return /^\s*[^#\s]/m.test(rest) ? `${rest}\n` : undefined
}

const OUR_LINES = sshdSettings({ namesService: true, limitsSources: true }).split('\n')
const OUR_KEYWORDS = OUR_LINES.flatMap(line => keywordOf(line) ?? [])

/** In Match blocks, settings are those of somebody else. */
function linesOfOthers(lines: readonly string[]): readonly string[] {
  const block = lines.findIndex(line => keywordOf(line) === 'match')
  const isOurs = (line: string) =>
    (line.startsWith('#') && OUR_LINES.includes(line)) ||
    OUR_KEYWORDS.includes(keywordOf(line) ?? '')
  return lines.filter((line, at) => (block >= 0 && at >= block) || !isOurs(line))
}

/** sshd takes keywords in any case, in quotes, and with an equals sign. */
function keywordOf(line: string): string | undefined {
  return /^\s*"?([A-Za-z]\w*)"?(?:[\s=]|$)/.exec(line)?.[1]?.toLowerCase()
}
