import type { Request } from '../../engine/api/request.ts'
import { Audit } from '../../engine/audit/audit.ts'
import type { DeclaredDevice } from '../../engine/audit/audit-options.ts'
import type { Store } from '../../engine/storage/store.ts'

/** An audit log without a server around it. */
export const openAudit = (store: Store, declared: readonly DeclaredDevice[] = []): Audit =>
  new Audit(store, { declared, cluster: () => 'test', log: { error() {} } })

/** Writes one line, in which the text can be read. */
export const say = (audit: Audit, path: string, more: Partial<Request> = {}): Promise<void> =>
  audit.request(
    {
      id: 'id',
      operation: 'read',
      path,
      token: undefined,
      data: {},
      client: { address: '192.0.2.1', port: 1 },
      correlation: undefined,
      wrapTtl: undefined,
      ...more,
    },
    {},
  )
