import { check } from '../check.ts'

/** What `postern-helper setup` writes before it changes anything, and removes when that is confirmed. */
const FILE = '/var/lib/postern-helper/setup/unfinished.json'

export const setupPending = check({
  name: 'setup-pending',
  text: 'That no "postern-helper setup" waits for its confirmation, or was cut off.',
  dependsOn: ['root'],
  causes: {
    waiting: 'The set-up waits for its confirmation, and is taken back without it.',
    'cut-off': 'The set-up was cut off: the next "setup" takes it back.',
  },
  run: ({ host }) => {
    const text = host.text(FILE)
    if (text === undefined) return undefined
    return /"state":\s*"waiting"/.test(text)
      ? {
          ...{ level: 'warning', cause: 'waiting' },
          says: 'the set-up of this host waits for its confirmation, and is taken back without it',
          mend: 'postern-helper setup -confirm   # in a new login',
        }
      : {
          ...{ level: 'warning', cause: 'cut-off' },
          says: 'a set-up of this host was cut off before it was done',
          mend: 'postern-helper setup -undo   # or run setup again',
        }
  },
})
