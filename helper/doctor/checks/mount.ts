import { check } from '../check.ts'
import { setKey } from '../mend.ts'

export const mount = check({
  name: 'mount',
  text: 'That an SSH engine is mounted at ssh_mount_point, in the namespace.',
  dependsOn: ['sealed'],
  causes: {
    'no-mount': 'No SSH engine is mounted there: every login is denied.',
    namespace: 'There is no such namespace: every login is denied.',
  },
  run: async context => {
    const { refusal = '', engine } = await context.engine()
    const { mount: path } = context.config
    if (/check namespace/.test(refusal))
      return {
        ...{ level: 'failure', cause: 'namespace' },
        says: `${engine.name} has no namespace ${JSON.stringify(context.config.namespace)}`,
        mend: `sed -i '/^namespace/d' ${context.configFile}   # or correct it`,
      }
    return /ssh_mount_point/.test(refusal)
      ? {
          ...{ level: 'failure', cause: 'no-mount' },
          says: `no SSH engine is mounted at ${path}/ on ${engine.name}`,
          mend: `${setKey(context, 'ssh_mount_point', '"ssh"')}   # the path that, on the engine, "postern secrets list" shows as ssh; or enable one there: postern secrets enable -path=${path} ssh`,
        }
      : undefined
  },
})
