import { Field } from '../parts/field.tsx'
import { Link } from '../parts/link.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { SelectField } from '../parts/select-field.tsx'
import { type Signal, useSignal } from '../preact.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import { AuditEntries } from './audit-entries.tsx'
import type { AuditPart } from './audit-part.ts'
import { ChainState } from './chain-state.tsx'

const words = text.audit

/** What is searched for; empty members are not asked for. */
interface Question {
  readonly since: string
  readonly by: string
  readonly path: string
  readonly host: string
  readonly outcome: string
  readonly text: string
}

const FIRST: Question = { since: '1h', by: '', path: '', host: '', outcome: '', text: '' }

/** Searches the file of one audit device on the node that answers, the newest entries first. */
export function AuditSearchPage({ device }: { readonly device: string }) {
  const question = useSignal(FIRST)
  const after = useSignal<string | undefined>(undefined)
  const part = useResource(JSON.stringify([device, question.value, after.value]), async signal => {
    const asked = Object.entries({ ...question.value, after: after.value ?? '' })
    const data = Object.fromEntries(asked.filter(([, value]) => value !== ''))
    const reply = await ask(`sys/audit-search/${device}`, { method: 'POST', data, signal })
    return reply.data as AuditPart
  })
  return (
    <Page title={words.one(device)} above={<Link to="sys/audit">← {words.title}</Link>}>
      <QuestionForm
        onAsked={asked => {
          after.value = undefined
          question.value = asked
          part.reload()
        }}
      />
      <Loaded of={part}>{found => <Found part={found} after={after} />}</Loaded>
    </Page>
  )
}

function QuestionForm({ onAsked }: { readonly onAsked: (question: Question) => void }) {
  const since = useSignal(FIRST.since)
  const by = useSignal('')
  const path = useSignal('')
  const host = useSignal('')
  const outcome = useSignal('')
  const part = useSignal('')
  const fields = { since, by, path, host, outcome, text: part }
  function search(event: Event) {
    event.preventDefault()
    onAsked(
      Object.fromEntries(
        Object.entries(fields).map(([name, { value }]) => [name, value.trim()]),
      ) as unknown as Question,
    )
  }
  return (
    <form class="card" onSubmit={search}>
      <div class="filters">
        <SelectField label={words.since} value={since} options={words.ages} />
        <SelectField label={words.outcome} value={outcome} options={words.outcomes} />
        <Field label={words.by} value={by} />
        <Field label={words.host} value={host} />
        <Field label={words.path} value={path} placeholder="ssh/" />
        <Field label={words.text} value={part} hint={words.textHint} />
      </div>
      <button type="submit" class="primary">
        {text.search}
      </button>
    </form>
  )
}

interface FoundProps {
  readonly part: AuditPart
  readonly after: Signal<string | undefined>
}

const Found = ({ part, after }: FoundProps) => (
  <>
    <ChainState part={part} />
    <AuditEntries entries={part.entries} />
    {part.next !== undefined && (
      <p class="buttons pager">
        <button
          type="button"
          onClick={() => {
            after.value = part.next
          }}
        >
          {words.older}
        </button>
      </p>
    )}
  </>
)
