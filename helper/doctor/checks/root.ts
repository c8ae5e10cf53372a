import { check } from '../check.ts'

export const root = check({
  name: 'root',
  text: 'Whether the doctor runs as root: otherwise it cannot read what it checks.',
  dependsOn: [],
  causes: { 'not-root': 'It runs as another user.' },
  run: ({ host }) =>
    host.isRoot
      ? undefined
      : {
          ...{ level: 'failure', cause: 'not-root' },
          says: 'only root can read the configuration of sshd and of the helper',
          mend: 'sudo postern-helper doctor',
        },
})
