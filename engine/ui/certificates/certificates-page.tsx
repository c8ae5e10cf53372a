import { type Listed, list } from '../api/list.ts'
import { timeOf } from '../format-time.ts'
import { Link } from '../parts/link.tsx'
import { Page } from '../parts/page.tsx'
import { Paged } from '../parts/paged.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { SelectField } from '../parts/select-field.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../preact.ts'
import { text } from '../text.ts'
import { usePages } from '../use-pages.ts'
import type { CertificateRecord } from './certificate-record.ts'

const words = text.certificates

/** The certificates that a mount has signed, searched and paged by the engine. */
export function CertificatesPage({ mount }: { readonly mount: string }) {
  const wanted = useSignal('')
  const state = useSignal('')
  const query = { search: wanted.value, state: state.value }
  const pages = usePages<Listed<CertificateRecord>>(
    JSON.stringify([mount, query]),
    (after, signal) => list(`${mount}/certs`, { query, after, signal }),
  )
  return (
    <Page title={words.title}>
      <div class="filters">
        <SearchField label={words.search} value={wanted} hint={words.searchHint} />
        <SelectField label={words.state} value={state} options={words.states} />
      </div>
      <Paged of={pages}>{rows => <CertificateTable mount={mount} rows={rows} />}</Paged>
    </Page>
  )
}

interface CertificateTableProps {
  readonly mount: string
  readonly rows: readonly Listed<CertificateRecord>[]
}

const CertificateTable = ({ mount, rows }: CertificateTableProps) => (
  <Table
    label={words.title}
    rows={rows}
    keyOf={({ name }) => name}
    empty={words.empty}
    columns={[
      {
        title: words.serial,
        show: ({ name }) => <Link to={`${mount}/certs/${name}`}>{name}</Link>,
      },
      {
        title: words.state,
        show: ({ info: { state } }) => <span class={`state ${STATES[state] ?? ''}`}>{state}</span>,
      },
      { title: words.by, show: ({ info }) => info.display_name },
      { title: words.principals, show: ({ info }) => info.valid_principals.join(', ') },
      { title: words.role, show: ({ info }) => info.role },
      {
        title: words.until,
        show: ({ info: { valid_before: end } }) => timeOf(end) ?? text.certificate.forever,
      },
    ]}
  />
)

const STATES: Readonly<Record<string, string>> = { valid: 'good', revoked: 'bad' }
