import { fieldsOf, targetOf } from '../access/target.ts'
import { may } from '../api/mounts.ts'
import { Failed } from '../parts/failed.tsx'
import { Field } from '../parts/field.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../preact.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'
import { wordFor } from '../word-for.ts'

const words = text.roles

interface JudgeFormProps {
  readonly mount: string
  /** The only role to judge; all when undefined. */
  readonly role?: string
}

interface Verdict {
  readonly role: string
  readonly key_type: 'otp' | 'ca' | 'dynamic'
  readonly allowed: boolean
  readonly username?: string
  readonly policies?: readonly string[]
  readonly refused_by?: string
  readonly reason?: string
}

/** Who would get what for a host, and why not. */
export function JudgeForm({ mount, role }: JudgeFormProps) {
  const target = useSignal('')
  const entity = useSignal('')
  const verdicts = useSignal<readonly Verdict[] | undefined>(undefined)
  const { run, failure } = useOnce()
  const judge = (event: Event) => {
    event.preventDefault()
    void run(async () => {
      verdicts.value = undefined
      const wanted = targetOf(target.peek())
      if (!wanted) throw new Error(text.access.notHost)
      const data = { ...fieldsOf(wanted), role, as: entity.peek() || undefined }
      const reply = await ask(`${mount}/explain`, { method: 'POST', data })
      verdicts.value = reply.data.roles
    })
  }
  return (
    <section class="card">
      <h2>{words.judge}</h2>
      <form onSubmit={judge}>
        <div class="filters">
          <Field label={words.target} value={target} placeholder={words.targetExample} required />
          {may('sudo', `${mount}/explain`) && (
            <Field label={words.entity} value={entity} hint={words.entityHint} />
          )}
        </div>
        <button type="submit" class="primary">
          {words.ask}
        </button>
      </form>
      <Failed why={failure} />
      {verdicts.value && <Verdicts verdicts={verdicts.value} />}
    </section>
  )
}

const Verdicts = ({ verdicts }: { readonly verdicts: readonly Verdict[] }) => (
  <Table
    label={words.verdicts}
    rows={verdicts}
    keyOf={({ role }) => role}
    empty={text.access.nothing}
    columns={[
      { title: words.name, show: ({ role }) => role },
      { title: words.gives, show: ({ key_type: kind }) => text.access.kind[kind] },
      {
        title: words.verdict,
        show: ({ allowed }) => (
          <span class={`state ${allowed ? 'good' : 'bad'}`}>
            {allowed ? words.allowed : words.refused}
          </span>
        ),
      },
      { title: words.why, show: why },
    ]}
  />
)

function why({ allowed, username, policies = [], refused_by: rule, reason = '' }: Verdict) {
  if (!allowed)
    return rule === undefined ? reason : `${wordFor(words.rules, rule) ?? rule}: ${reason}`
  return words.by(username ?? text.none, policies.join(', '))
}
