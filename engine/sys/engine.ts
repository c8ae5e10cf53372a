import type { Engine } from '../api/engine.ts'
import type { Core } from '../core/core.ts'
import { audit } from './audit.ts'
import { capabilities } from './capabilities.ts'
import { config } from './config.ts'
import { generateRoot } from './generate-root.ts'
import { haStatus } from './ha-status.ts'
import { health } from './health.ts'
import { keys } from './keys.ts'
import { leaseReports } from './lease-reports.ts'
import { leases } from './leases.ts'
import { metrics } from './metrics.ts'
import { mounts } from './mounts.ts'
import { openapi } from './openapi.ts'
import { policies } from './policies.ts'
import { quotas } from './quotas.ts'
import { rekey } from './rekey.ts'
import { rekeyBackup } from './rekey-backup.ts'
import { remount } from './remount.ts'
import { requestHeaders } from './request-headers.ts'
import { seal } from './seal.ts'
import { tools } from './tools.ts'
import { uiMounts } from './ui-mounts.ts'
import { wrapping } from './wrapping.ts'

/** The engine behind `sys`: what administers the server itself. */
export const system = (core: Core): Engine => ({
  type: 'system',
  description: 'The system engine manages mounts and leases, and tells how the server is.',
  endpoints: [
    ...health(core),
    ...seal(core),
    ...keys(core),
    ...rekey(core),
    ...rekeyBackup,
    ...generateRoot(core),
    ...policies,
    ...capabilities(core),
    ...mounts(core),
    ...remount(core),
    ...uiMounts(core),
    ...leases(core),
    ...leaseReports(core),
    ...quotas(core),
    ...audit(core),
    ...metrics(core),
    ...openapi(core),
    ...config(core),
    ...requestHeaders(core),
    ...wrapping(core),
    ...tools,
    ...haStatus(core),
  ],
  revoke: {},
})
