import { credentials, revoke } from '../access/credentials.ts'
import { clockTime } from '../format-time.ts'
import { Loaded } from '../parts/loaded.tsx'
import { Notice } from '../parts/notice.tsx'
import { Page } from '../parts/page.tsx'
import { useSignal } from '../preact.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'

const words = text.leases

interface Lease {
  readonly id: string
  readonly path: string
  readonly issued: string
  readonly expires: string | null
}

/** What was issued to the token of the session and has not ended. */
export function LeasesPage() {
  const leases = useResource('self', readLeases)
  return (
    <Page title={words.title}>
      <p>{words.intro}</p>
      <Loaded of={leases}>
        {found =>
          found.length === 0 ? (
            <p class="empty">{words.empty}</p>
          ) : (
            <LeaseTable leases={found} onEnded={leases.reload} />
          )
        }
      </Loaded>
    </Page>
  )
}

/** @throws {ApiFailure} */
async function readLeases(signal: AbortSignal): Promise<readonly Lease[]> {
  const { data } = await ask('sys/leases/self', { method: 'LIST', signal }).catch(error => {
    // an empty list is a 404, as everywhere in this API
    if (error.status === 404) return { data: { keys: [], key_info: {} } }
    throw error
  })
  return (data.keys as readonly string[]).map(id => {
    const { path, issue_time: issued, expire_time: expires } = data.key_info[id]
    return { id, path, issued, expires }
  })
}

interface LeaseTableProps {
  readonly leases: readonly Lease[]
  readonly onEnded: () => void
}

function LeaseTable({ leases, onEnded }: LeaseTableProps) {
  const failure = useSignal<string | undefined>(undefined)
  const endLease = (id: string) => () =>
    endById(id).then(onEnded, error => {
      failure.value = error.message
    })
  return (
    <>
      {failure.value && <Notice kind="bad">{failure}</Notice>}
      <table>
        <thead>
          <tr>
            <th scope="col">{words.kind}</th>
            <th scope="col">{words.issued}</th>
            <th scope="col">{words.expires}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {leases.map(({ id, path, issued, expires }) => (
            <tr key={id}>
              <th scope="row">{path}</th>
              <td data-label={words.issued}>{clockTime(new Date(issued))}</td>
              <td data-label={words.expires}>
                {expires === null ? text.none : clockTime(new Date(expires))}
              </td>
              <td>
                <button type="button" onClick={endLease(id)}>
                  {words.end}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** @throws {ApiFailure} */
async function endById(id: string): Promise<void> {
  const own = credentials.value.find(({ lease }) => lease === id)
  if (own) return revoke(own)
  await ask('sys/leases/revoke', { method: 'POST', data: { lease_id: id } })
}
