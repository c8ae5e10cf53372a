import { type Listed, list } from '../api/list.ts'
import { may, readCapabilities } from '../api/mounts.ts'
import { Page } from '../parts/page.tsx'
import { Paged } from '../parts/paged.tsx'
import { text } from '../text.ts'
import { usePages } from '../use-pages.ts'
import type { Issuer } from './issuer.ts'
import { IssuerCard } from './issuer-card.tsx'
import { NewIssuerForm } from './new-issuer-form.tsx'

const words = text.issuers

/** The issuers of a mount, what depends on each, and the steps of a rotation. */
export function IssuersPage({ mount }: { readonly mount: string }) {
  const generation = `${mount}/issuers/import`
  const pages = usePages<Listed<Issuer>>(mount, async (after, signal) => {
    const [found] = await Promise.all([
      list<Issuer>(`${mount}/issuers`, { after, signal }),
      readCapabilities([generation]),
    ])
    return found
  })
  return (
    <Page title={words.title}>
      <p>{words.intro}</p>
      <Paged of={pages}>
        {rows => (
          <>
            {rows.length === 0 && <p class="empty">{words.empty}</p>}
            {rows.map(({ name, info }) => (
              <IssuerCard
                key={`${name} ${info.state} ${info.is_default}`}
                {...{ mount, id: name, issuer: info, onChanged: pages.resource.reload }}
              />
            ))}
          </>
        )}
      </Paged>
      {may('update', generation) && <NewIssuerForm mount={mount} onMade={pages.resource.reload} />}
    </Page>
  )
}
