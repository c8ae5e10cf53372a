import type { Engine } from '../api/engine.ts'
import { aliasPaths } from './alias-paths.ts'
import { entityPaths } from './entity-paths.ts'
import { groupAliasPaths } from './group-alias-paths.ts'
import { groupPaths } from './group-paths.ts'
import { lookupPaths } from './lookup-paths.ts'
import { mergePath } from './merge-paths.ts'
import { oidcPaths } from './oidc-paths.ts'
import type { MountOf } from './view.ts'

/** The engine of `identity`. Contract §4.10. */
export const identity = (mountOf: MountOf): Engine => ({
  type: 'identity',
  seesWholeStore: true,
  description: 'The identity engine manages entities, their aliases in auth methods, and groups.',
  endpoints: [
    ...entityPaths(mountOf),
    mergePath,
    ...aliasPaths(mountOf),
    ...groupPaths(mountOf),
    ...groupAliasPaths(mountOf),
    ...lookupPaths(mountOf),
    oidcPaths,
  ],
})
