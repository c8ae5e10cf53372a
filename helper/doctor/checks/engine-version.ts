import { version } from '../../../shared/version.ts'
import { check } from '../check.ts'

export const engineVersion = check({
  name: 'engine-version',
  text: 'The version of the helper against that of the engine, where the engine is one of Postern: answers that must be signed show it.',
  dependsOn: ['echo'],
  causes: { older: 'The helper is of another release than the engine.' },
  run: async context => {
    const { probe, engine } = await context.engine()
    const there = probe.health?.version
    if (!context.config.verifyKeys || there === undefined) return undefined
    return releaseOf(there) === releaseOf(version)
      ? undefined
      : {
          ...{ level: 'warning', cause: 'older' },
          says: `the helper is ${version}, ${engine.name} is ${there}`,
          mend: 'apt-get install --only-upgrade postern-helper || dnf upgrade postern-helper',
        }
  },
})

/** Major and minor version. An engine of Postern says it behind the version of Vault whose API it has. */
const releaseOf = (text: string) =>
  text
    .replace(/^.*\bpostern\./, '')
    .split('.', 2)
    .join('.')
