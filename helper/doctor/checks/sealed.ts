import { check } from '../check.ts'

export const sealed = check({
  name: 'sealed',
  text: 'That the engine is initialized and unsealed.',
  dependsOn: ['certificate'],
  causes: {
    sealed: 'The engine is sealed: every login is denied.',
    uninitialized: 'The engine has never been initialized.',
  },
  run: async context => {
    const { probe, engine, refusal } = await context.engine()
    const { sealed: isSealed, initialized } = probe.health ?? {}
    if (initialized === false)
      return {
        ...{ level: 'failure', cause: 'uninitialized' },
        says: `${engine.name} has never been initialized`,
        mend: 'postern operator init   # on the engine',
      }
    return isSealed || refusal === 'it is sealed'
      ? {
          ...{ level: 'failure', cause: 'sealed' },
          says: `${engine.name} is sealed`,
          mend: 'postern operator unseal   # on the engine, by holders of its key shares',
        }
      : undefined
  },
})
