import { Link } from '../parts/link.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'

const words = text.audit

interface Device {
  readonly path: string
  readonly type: string
  readonly description: string
  readonly options: Readonly<Record<string, string>> | null
}

/** The audit devices; those that write a file can be searched. */
export function AuditPage() {
  const devices = useResource('devices', readDevices)
  return (
    <Page title={words.title}>
      <p>{words.intro}</p>
      <Loaded of={devices}>
        {found => (
          <Table
            label={words.title}
            rows={found}
            keyOf={({ path }) => path}
            empty={words.noDevice}
            columns={[
              { title: words.device, show: nameOf },
              { title: words.type, show: ({ type }) => type },
              { title: words.file, show: ({ options }) => options?.file_path ?? text.none },
              { title: words.description, show: ({ description }) => description },
            ]}
          />
        )}
      </Loaded>
    </Page>
  )
}

/** @throws {ApiFailure} */
async function readDevices(signal: AbortSignal): Promise<readonly Device[]> {
  const { data } = await ask('sys/audit', { signal })
  return Object.entries(data as Readonly<Record<string, Omit<Device, 'path'>>>).map(
    ([path, { type, description, options }]) => ({
      path: path.replace(/\/$/, ''),
      ...{ type, description, options },
    }),
  )
}

const nameOf = ({ path, type }: Device) =>
  type === 'file' ? <Link to={`sys/audit-search/${path}`}>{path}</Link> : path
