import { join } from 'node:path'
import type { ClusterMemoryOptions } from '../seal/cluster-memory.ts'
import type { Config } from './config.ts'

/**
 * Where an engine stores the id of its storage: beside the seal key, in the state directory of systemd, or else in the directory of the
 * database. Nowhere for storage in memory.
 * @param state the state directory of systemd
 */
export function clusterMemoryOf(
  { storage, seal, clusterId }: Pick<Config, 'storage' | 'seal' | 'clusterId'>,
  state = process.env.STATE_DIRECTORY?.split(':')[0],
): ClusterMemoryOptions | undefined {
  if (storage.type === 'inmem') return undefined
  const keys = seal.type === 'file' ? seal : seal.disabled
  const files = [
    ...(keys && 'path' in keys ? [`${keys.path}.cluster`] : []),
    ...(state ? [join(state, 'cluster-id')] : []),
    ...(storage.type === 'sqlite' ? [join(storage.path, 'cluster-id')] : []),
  ]
  // a database can be emptied remotely, and a seal key would unseal a new storage unnoticed; shares would be wrong for it
  return {
    configured: clusterId,
    files,
    mustSayNew: storage.type === 'postgresql' && seal.type === 'file',
  }
}
