import { may, readCapabilities } from '../api/mounts.ts'
import { clockTime, timeOf } from '../format-time.ts'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Link } from '../parts/link.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import type { CertificateRecord } from './certificate-record.ts'

const words = text.certificates

interface CertificatePageProps {
  readonly mount: string
  readonly serial: string
}

/** One certificate, and the ways to revoke it. */
export function CertificatePage({ mount, serial }: CertificatePageProps) {
  const path = `${mount}/certs/${serial}`
  const revocation = `${mount}/revoke`
  const record = useResource(path, async signal => {
    const [{ data }] = await Promise.all([
      ask(path, { signal }),
      readCapabilities([revocation, `${revocation}/preview`]),
    ])
    return data as CertificateRecord
  })
  return (
    <Page title={words.one(serial)} above={<Link to={`${mount}/certs`}>← {words.title}</Link>}>
      <Loaded of={record}>
        {found => (
          <>
            <section class="card">
              <RecordFacts mount={mount} record={found} />
            </section>
            {may('update', revocation) && found.state !== 'revoked' && (
              <Revocations mount={mount} record={found} onDone={record.reload} />
            )}
          </>
        )}
      </Loaded>
    </Page>
  )
}

interface RecordProps {
  readonly mount: string
  readonly record: CertificateRecord
}

const RecordFacts = ({ mount, record }: RecordProps) => (
  <Facts
    rows={[
      [words.state, record.state],
      [words.revokedAt, timeOf(record.revocation_time)],
      [words.by, record.display_name],
      [words.principals, record.valid_principals.join(', ')],
      [words.role, <Link to={`${mount}/roles/${record.role}`}>{record.role}</Link>],
      [words.kind, record.cert_type],
      [words.issued, timeOf(record.issue_time)],
      [words.until, timeOf(record.valid_before)],
      [words.keyId, record.key_id],
      [words.key, `${record.key_type} ${record.fingerprint}`],
    ]}
  />
)

/** Revocation of this certificate, or of all for its key. Each says first what it will stop. */
const Revocations = ({ mount, record, onDone }: RecordProps & { readonly onDone: () => void }) => (
  <p class="buttons">
    {(
      [
        [words.revoke, { serial_number: record.serial_number }],
        [words.revokeKey, { fingerprint: record.fingerprint }],
      ] as const
    ).map(([label, data]) => (
      <ConfirmButton
        key={label}
        label={label}
        onConfirm={async () => {
          await ask(`${mount}/revoke`, { method: 'POST', data })
          onDone()
        }}
      >
        <Preview mount={mount} data={data} />
      </ConfirmButton>
    ))}
  </p>
)

interface PreviewProps {
  readonly mount: string
  readonly data: Readonly<Record<string, string>>
}

interface Stopped {
  readonly certificates: number
  readonly more?: boolean
  readonly last_expiry?: string
  readonly principals: readonly string[]
  /** Whether certificates that are signed later are refused as well. */
  readonly later: boolean
}

/** What a revocation will stop, as the engine counts it. */
function Preview({ mount, data }: PreviewProps) {
  const stopped = useResource(JSON.stringify(data), async signal => {
    const reply = await ask(`${mount}/revoke/preview`, { method: 'POST', data, signal })
    return reply.data as Stopped
  })
  return (
    <Loaded of={stopped}>
      {({ certificates, more = false, principals, later, last_expiry: last }) => (
        <>
          <p>{words.stops(certificates, more, principals.join(', '))}</p>
          {last !== undefined && <p>{words.lastOf(clockTime(new Date(last)))}</p>}
          {later && <p>{words.stopsLater}</p>}
          <p>{words.whenFetched}</p>
        </>
      )}
    </Loaded>
  )
}
