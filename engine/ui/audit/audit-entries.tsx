import { timeOf } from '../format-time.ts'
import { Table } from '../parts/table.tsx'
import { text } from '../text.ts'
import type { AuditEntry } from './audit-part.ts'

const words = text.audit

/** Entries of the audit log, each with who asked for what, and how it ended. */
export const AuditEntries = ({ entries }: { readonly entries: readonly AuditEntry[] }) => (
  <Table
    label={words.entries}
    rows={entries}
    keyOf={({ request, type, time }) => `${request} ${type} ${time}`}
    empty={words.empty}
    columns={[
      { title: words.time, show: ({ time }) => <time>{timeOf(time)}</time> },
      { title: words.by, show: ({ by, client }) => joined([by, client && words.from(client)]) },
      { title: words.what, show: ({ operation, path }) => joined([operation, path]) },
      { title: words.login, show: login },
      {
        title: words.outcome,
        show: ({ outcome = '', reason }) => (
          <>
            <span class={`state ${outcome === 'ok' ? 'good' : 'bad'}`}>{outcome}</span>
            {reason && <p>{reason}</p>}
          </>
        ),
      },
    ]}
  />
)

const joined = (parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' ')

/** `ubuntu@web-1 (role web)`, as far as the entry says. */
function login({ user, host, address, role }: AuditEntry): string {
  const target = [user, host ?? address].filter(Boolean).join('@')
  return joined([target, role && words.byRole(role)])
}
