import type { CredentialKind } from '../access/ways.ts'
import { type Listed, list } from '../api/list.ts'
import { Link } from '../parts/link.tsx'
import { Page } from '../parts/page.tsx'
import { Paged } from '../parts/paged.tsx'
import { Table } from '../parts/table.tsx'
import { text } from '../text.ts'
import { usePages } from '../use-pages.ts'
import { JudgeForm } from './judge-form.tsx'

const words = text.roles

interface RoleInfo {
  readonly key_type: CredentialKind
}

/** The roles of a mount, and who would get what by them. */
export function RolesPage({ mount }: { readonly mount: string }) {
  const pages = usePages<Listed<RoleInfo>>(mount, (after, signal) =>
    list(`${mount}/roles`, { after, signal }),
  )
  return (
    <Page title={words.title}>
      <JudgeForm mount={mount} />
      <h2>{words.all}</h2>
      <Paged of={pages}>
        {rows => (
          <Table
            label={words.title}
            rows={rows}
            keyOf={({ name }) => name}
            empty={words.empty}
            columns={[
              {
                title: words.name,
                show: ({ name }) => <Link to={`${mount}/roles/${name}`}>{name}</Link>,
              },
              { title: words.gives, show: ({ info }) => text.access.kind[info.key_type] },
            ]}
          />
        )}
      </Paged>
    </Page>
  )
}
