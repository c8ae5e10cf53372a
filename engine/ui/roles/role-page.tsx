import { Facts } from '../parts/facts.tsx'
import { Link } from '../parts/link.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import { JudgeForm } from './judge-form.tsx'

const words = text.roles

interface RolePageProps {
  readonly mount: string
  readonly name: string
}

/** One role: what it gives and who may ask for it, all its settings, and who would get what. */
export function RolePage({ mount, name }: RolePageProps) {
  const role = useResource(`${mount}/${name}`, signal => readRole(mount, name, signal))
  return (
    <Page title={words.one(name)} above={<Link to={`${mount}/roles`}>← {words.title}</Link>}>
      <Loaded of={role}>
        {({ policies, settings }) => (
          <section class="card">
            <Facts
              rows={[
                [words.policies, policies.join(', ')],
                ...Object.entries(settings).map(
                  ([setting, value]) => [setting, shown(value)] as const,
                ),
              ]}
            />
          </section>
        )}
      </Loaded>
      <JudgeForm mount={mount} role={name} />
    </Page>
  )
}

/** @throws {ApiFailure} */
async function readRole(mount: string, role: string, signal: AbortSignal) {
  const [explained, read] = await Promise.all([
    ask(`${mount}/explain`, { method: 'POST', data: { role }, signal }),
    ask(`${mount}/roles/${role}`, { signal }),
  ])
  const [found] = explained.data.roles as readonly {
    readonly allowing_policies?: readonly string[]
  }[]
  return {
    policies: found?.allowing_policies ?? [],
    settings: read.data as Readonly<Record<string, unknown>>,
  }
}

/** A setting as the API writes it; what is not set is left out. */
function shown(value: unknown): string {
  if (value === null || value === '' || value === 0 || value === false) return ''
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'object') return Object.keys(value).length > 0 ? JSON.stringify(value) : ''
  return String(value)
}
