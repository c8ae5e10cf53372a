import type { Engine } from '../api/engine.ts'
import { AuditSearch } from '../audit/search/audit-search.ts'
import type { Core } from '../core/core.ts'
import { activity } from './activity-paths.ts'
import { audit } from './audit-paths.ts'
import { auditSearch } from './audit-search-paths.ts'
import { capabilities } from './capability-paths.ts'
import { config } from './config-paths.ts'
import { haStatus } from './ha-status-paths.ts'
import { health } from './health-paths.ts'
import { leases } from './lease/lease-paths.ts'
import { leaseReports } from './lease/lease-report-paths.ts'
import { ownLeases } from './lease/own-lease-paths.ts'
import { metrics } from './metric-paths.ts'
import { mounts } from './mount/mount-paths.ts'
import { remount } from './mount/remount-paths.ts'
import { uiMounts } from './mount/ui-mount-paths.ts'
import { openapi } from './openapi-paths.ts'
import { policies } from './policy-paths.ts'
import { policyTest } from './policy-test-paths.ts'
import { quotas } from './quota-paths.ts'
import { requestHeaders } from './request-header-paths.ts'
import { generateRoot } from './seal/generate-root-paths.ts'
import { keys } from './seal/key-paths.ts'
import { rekeyBackup } from './seal/rekey-backup-paths.ts'
import { rekey } from './seal/rekey-paths.ts'
import { seal } from './seal/seal-paths.ts'
import { tlsAuthority } from './tls-ca-paths.ts'
import { tools } from './tool-paths.ts'
import { wrapping } from './wrapping-paths.ts'

/** The engine of `sys`, which administers the server. */
export const system = (core: Core, search = new AuditSearch()): Engine => ({
  type: 'system',
  seesWholeStore: true,
  description:
    'The system engine administers the server: its seal, mounts, policies, leases, quotas and audit devices.',
  endpoints: [
    ...health(core),
    ...seal(core),
    ...keys(core),
    ...rekey(core),
    ...rekeyBackup,
    ...generateRoot(core),
    ...policies,
    policyTest(core),
    ...capabilities(core),
    ...mounts(core),
    ...remount(core),
    ...uiMounts(core),
    ...leases(core),
    ownLeases(core),
    ...leaseReports(core),
    ...quotas(core),
    ...audit(core),
    auditSearch(core, search),
    ...metrics(core),
    activity(core),
    ...openapi(core),
    ...config(core),
    ...requestHeaders(core),
    ...wrapping(core),
    ...tools,
    ...haStatus(core),
    ...tlsAuthority(core),
  ],
  forget: () => search[Symbol.dispose](),
})
