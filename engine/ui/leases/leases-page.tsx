import { credentials, revoke } from '../access/credentials.ts'
import { type Listed, list } from '../api/list.ts'
import { timeOf } from '../format-time.ts'
import { Failed } from '../parts/failed.tsx'
import { Page } from '../parts/page.tsx'
import { Paged } from '../parts/paged.tsx'
import { Table } from '../parts/table.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'
import { usePages } from '../use-pages.ts'

const words = text.leases

/** What the engine tells of a lease; times are in ISO 8601. */
interface Lease {
  readonly path: string
  readonly issue_time: string
  readonly expire_time: string | null
  readonly kind?: 'otp' | 'dynamic'
  readonly role?: string
  readonly username?: string
  readonly ip?: string
  readonly host?: string
}

/** What was issued to the token of the session and has not ended. */
export function LeasesPage() {
  const pages = usePages<Listed<Lease>>('self', (after, signal) =>
    list('sys/leases/self', { after, signal }),
  )
  const { run, failure } = useOnce()
  const end = (id: string) => () =>
    run(async () => {
      await endLease(id)
      pages.resource.reload()
    })
  return (
    <Page title={words.title}>
      <p>{words.intro}</p>
      <Failed why={failure} />
      <Paged of={pages}>{rows => <LeaseTable rows={rows} end={end} />}</Paged>
    </Page>
  )
}

interface LeaseTableProps {
  readonly rows: readonly Listed<Lease>[]
  /** What a click ends. */
  readonly end: (id: string) => () => void
}

const LeaseTable = ({ rows, end }: LeaseTableProps) => (
  <Table
    label={words.title}
    rows={rows}
    keyOf={({ name }) => name}
    empty={words.empty}
    columns={[
      { title: words.kind, show: ({ info }) => whatOf(info) },
      { title: words.login, show: ({ info }) => loginOf(info) },
      { title: words.issued, show: ({ info }) => timeOf(info.issue_time) },
      {
        title: words.expires,
        show: ({ info: { expire_time: end } }) => timeOf(end) ?? text.none,
      },
      {
        title: '',
        show: ({ name, info }) => (
          <button
            type="button"
            aria-label={words.endOf(`${whatOf(info)} ${loginOf(info)}`)}
            onClick={end(name)}
          >
            {words.end}
          </button>
        ),
      },
    ]}
  />
)

const whatOf = ({ kind, role = '', path }: Lease) =>
  kind ? `${text.access.kind[kind]}${text.access.by(role)}` : path

const loginOf = ({ username, host, ip }: Lease) => [username, host ?? ip].filter(Boolean).join('@')

/** @throws {ApiFailure} */
async function endLease(id: string): Promise<void> {
  const own = credentials.value.find(({ lease }) => lease === id)
  if (own) return revoke(own)
  await ask('sys/leases/revoke', { method: 'POST', data: { lease_id: id } })
}
