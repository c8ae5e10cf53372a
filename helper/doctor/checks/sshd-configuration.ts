import { check } from '../check.ts'

export const sshdConfiguration = check({
  name: 'sshd-configuration',
  text: 'That sshd accepts its own configuration (sshd -T).',
  dependsOn: ['root'],
  causes: {
    missing: 'There is no sshd.',
    directory:
      'The directory for privilege separation is missing: sshd tells nothing, and does not start.',
    invalid: 'sshd refuses its configuration: it does not start again, and no reload takes effect.',
  },
  run: ({ sshd: { problem } }) => {
    if (problem === undefined) return undefined
    if (problem === 'it cannot be run')
      return {
        ...{ level: 'failure', cause: 'missing' },
        says: 'sshd cannot be run',
        mend: 'apt-get install openssh-server || dnf install openssh-server',
      }
    if (/privilege separation directory/.test(problem))
      return {
        ...{ level: 'failure', cause: 'directory', safe: true },
        says: problem,
        mend: 'install -d -m 755 /run/sshd',
      }
    const [, file = '/etc/ssh/sshd_config', line = '1'] =
      /^(\/\S+?):? line (\d+)/.exec(problem) ?? []
    return {
      ...{ level: 'failure', cause: 'invalid' },
      says: `sshd refuses its configuration: ${problem}`,
      mend: `editor +${line} ${file}   # then sshd -t`,
    }
  },
})
