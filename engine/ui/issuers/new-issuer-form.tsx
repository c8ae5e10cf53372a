import { Failed } from '../parts/failed.tsx'
import { Field } from '../parts/field.tsx'
import { SelectField } from '../parts/select-field.tsx'
import { useSignal } from '../preact.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'

const words = text.issuers

interface NewIssuerProps {
  readonly mount: string
  readonly onMade: () => void
}

/** Generates a staged issuer, the first step of a rotation. The private key never leaves the engine. */
export function NewIssuerForm({ mount, onMade }: NewIssuerProps) {
  const name = useSignal('')
  const type = useSignal('ssh-ed25519')
  const { run, failure } = useOnce()
  const make = (event: Event) => {
    event.preventDefault()
    void run(async () => {
      await ask(`${mount}/issuers/import`, {
        method: 'POST',
        data: { issuer_name: name.peek(), key_type: type.peek(), generate_signing_key: true },
      })
      name.value = ''
      onMade()
    })
  }
  return (
    <form class="card" onSubmit={make}>
      <h2>{words.add}</h2>
      <p>{words.addHint}</p>
      <div class="filters">
        <Field label={words.name} value={name} required />
        <SelectField label={words.keyType} value={type} options={words.keyTypes} />
      </div>
      <Failed why={failure} />
      <button type="submit">{words.add}</button>
    </form>
  )
}
