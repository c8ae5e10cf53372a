import { check } from '../check.ts'

export const signature = check({
  name: 'signature',
  text: 'That the engine signs its answers with one of verify_keys, if these are set.',
  dependsOn: ['mount', 'stored-keys'],
  causes: {
    unsigned:
      'The answer is not signed, or with another key: every login is denied. Either the keys were replaced while this host was off, or somebody answers in the place of the engine.',
  },
  run: async context => {
    const { refusal = '', engine } = await context.engine()
    return /not signed|none of verify_keys|signature is not/.test(refusal)
      ? {
          ...{ level: 'failure', cause: 'unsigned' },
          says: `${engine.name}: ${refusal}`,
          mend: 'postern-helper verify-keys   # if that refuses: set verify_keys to the active key that, on the engine, "postern read ssh/verify/keys" shows',
        }
      : undefined
  },
})
