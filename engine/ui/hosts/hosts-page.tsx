import { type Listed, list } from '../api/list.ts'
import { age, timeOf } from '../format-time.ts'
import { Link } from '../parts/link.tsx'
import { Page } from '../parts/page.tsx'
import { Paged } from '../parts/paged.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../preact.ts'
import { text } from '../text.ts'
import { usePages } from '../use-pages.ts'
import type { Host } from './host.ts'
import { HostState } from './host-state.tsx'

const words = text.hosts

/** The hosts of a mount, searched and paged by the engine. */
export function HostsPage({ mount }: { readonly mount: string }) {
  const wanted = useSignal('')
  const search = wanted.value
  const pages = usePages<Listed<Host>>(`${mount} ${search}`, (after, signal) =>
    list(`${mount}/hosts`, { query: { search, detail: true }, after, signal }),
  )
  return (
    <Page title={words.title}>
      <SearchField label={words.search} value={wanted} hint={words.searchHint} />
      <Paged of={pages}>{rows => <HostTable mount={mount} rows={rows} />}</Paged>
    </Page>
  )
}

interface HostTableProps {
  readonly mount: string
  readonly rows: readonly Listed<Host>[]
}

const HostTable = ({ mount, rows }: HostTableProps) => (
  <Table
    label={words.title}
    rows={rows}
    keyOf={({ name }) => name}
    empty={words.empty}
    columns={[
      {
        title: words.name,
        show: ({ name }) => <Link to={`${mount}/hosts/${name}`}>{name}</Link>,
      },
      { title: words.state, show: ({ info }) => <HostState host={info} /> },
      { title: words.lastVerify, show: ({ info }) => timeOf(info.last_verify_time) ?? text.none },
      { title: words.version, show: ({ info }) => info.helper_version ?? text.none },
      { title: words.skew, show: ({ info }) => skew(info.clock_skew) },
      { title: words.krlAge, show: ({ info }) => ageOf(info.krl_age) },
      { title: words.check, show: ({ info }) => info.check ?? text.none },
    ]}
  />
)

const ageOf = (seconds: number | undefined) => (seconds === undefined ? text.none : age(seconds))
const skew = (seconds: number | undefined) =>
  seconds === undefined ? text.none : `${seconds.toFixed(1)} s`
