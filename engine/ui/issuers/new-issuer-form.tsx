import { Field } from '../parts/field.tsx'
import { Notice } from '../parts/notice.tsx'
import { SelectField } from '../parts/select-field.tsx'
import { useSignal } from '../preact.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'

const words = text.issuers

interface NewIssuerProps {
  readonly mount: string
  readonly onMade: () => void
}

/** Generates a staged issuer, the first step of a rotation. The private key never leaves the engine. */
export function NewIssuerForm({ mount, onMade }: NewIssuerProps) {
  const name = useSignal('')
  const type = useSignal('ssh-ed25519')
  const failure = useSignal<string | undefined>(undefined)
  const busy = useSignal(false)
  async function make(event: Event) {
    event.preventDefault()
    // a second click would find the name taken
    if (busy.peek()) return
    busy.value = true
    failure.value = undefined
    try {
      await ask(`${mount}/issuers/import`, {
        method: 'POST',
        data: { issuer_name: name.peek(), key_type: type.peek(), generate_signing_key: true },
      })
      name.value = ''
      onMade()
    } catch (error) {
      failure.value = (error as Error).message
    }
    busy.value = false
  }
  return (
    <form class="card" onSubmit={make}>
      <h2>{words.add}</h2>
      <p>{words.addHint}</p>
      <div class="filters">
        <Field label={words.name} value={name} required />
        <SelectField label={words.keyType} value={type} options={words.keyTypes} />
      </div>
      {failure.value && <Notice kind="bad">{failure}</Notice>}
      <button type="submit">{words.add}</button>
    </form>
  )
}
