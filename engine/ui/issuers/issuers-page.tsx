import { type Listed, list } from '../api/list.ts'
import { clockTime } from '../format-time.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Paged } from '../parts/paged.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { usePages } from '../use-pages.ts'
import { useResource } from '../use-resource.ts'

const words = text.issuers

interface Issuer {
  readonly issuer_name?: string
  readonly is_default?: boolean
  readonly state?: string
  readonly public_key?: string
}

interface Dependents {
  readonly roles: readonly string[]
  readonly live_certificates: number
  /** When no certificate of it is valid any more; null if that is so now. */
  readonly safe_after: string | null
}

/** The issuers of a mount, what depends on each, and how to rotate them. */
export function IssuersPage({ mount }: { readonly mount: string }) {
  const pages = usePages<Listed<Issuer>>(mount, (after, signal) =>
    list(`${mount}/issuers`, { after, signal }),
  )
  return (
    <Page title={words.title}>
      <p>{words.intro}</p>
      <Paged of={pages}>
        {rows => (
          <>
            {rows.length === 0 && <p class="empty">{words.empty}</p>}
            {rows.map(({ name, info }) => (
              <IssuerCard key={name} {...{ mount, id: name, issuer: info }} />
            ))}
          </>
        )}
      </Paged>
    </Page>
  )
}

interface IssuerCardProps {
  readonly mount: string
  readonly id: string
  readonly issuer: Issuer
}

function IssuerCard({ mount, id, issuer }: IssuerCardProps) {
  const { issuer_name: name = '', is_default: isDefault, state, public_key: key = '' } = issuer
  const dependents = useResource(id, async signal => {
    const { data } = await ask(`${mount}/issuer/${id}/dependents`, { signal })
    return data as Dependents
  })
  return (
    <section class="card">
      <h2>
        {name === '' ? id : name} {isDefault && <span class="state good">{words.default}</span>}{' '}
        {state !== undefined && <span class="state">{state}</span>}
      </h2>
      <Loaded of={dependents}>
        {({ roles, live_certificates: live, safe_after: safe }) => (
          <Facts
            rows={[
              [words.id, id],
              [words.roles, roles.join(', ')],
              [words.live, String(live)],
              [words.safe, safe ? clockTime(new Date(safe)) : words.safeNow],
            ]}
          />
        )}
      </Loaded>
      <CopyButton value={key.trim()} label={words.copyKey} />
    </section>
  )
}
