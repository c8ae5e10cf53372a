import { clockTime } from '../format-time.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Facts as FactList } from '../parts/facts.tsx'
import { Failed } from '../parts/failed.tsx'
import { Field } from '../parts/field.tsx'
import { type Signal, useId, useRef, useSignal } from '../preact.ts'
import { saveFile } from '../save-file.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'
import { wordFor } from '../word-for.ts'
import { mistakeInKey } from './mistake-in-key.ts'
import { type CertificateFacts as Facts, readCertificate } from './read-certificate.ts'
import { wanted } from './wanted.ts'
import type { Way } from './ways.ts'

const words = text.certificate

/** Has a public key signed, and says what the certificate allows. A private key is not sent. */
export function CertificateForm({ way }: { readonly way: Way }) {
  const key = useSignal('')
  const user = useSignal(wanted.value?.user ?? '')
  const signed = useSignal<string | undefined>(undefined)
  const { run, busy, failure } = useOnce()
  const reading = useRef<Promise<void>>(undefined)
  const sign = (event: Event) => {
    event.preventDefault()
    void run(async () => {
      // a file that was picked just now
      await reading.current
      const mistake = mistakeInKey(key.peek())
      if (mistake !== undefined) throw new Error(mistake)
      signed.value = undefined
      signed.value = await signedBy(way, key.peek(), user.peek())
    })
  }
  return (
    <>
      <div aria-live="polite">{signed.value && <SignedCard line={signed.value} />}</div>
      <form class="card" onSubmit={sign}>
        <KeyField value={key} reading={reading} />
        <Field label={text.access.user} hint={text.access.userHint} value={user} />
        <Failed why={failure} />
        <button type="submit" class="primary">
          {busy.value ? text.loading : words.sign}
        </button>
      </form>
    </>
  )
}

/** @throws {ApiFailure} */
async function signedBy({ mount, role }: Way, key: string, user: string): Promise<string> {
  const { data } = await ask(`${mount}/sign/${role}`, {
    method: 'POST',
    data: { public_key: key.trim(), ...(user !== '' && { valid_principals: user }) },
  })
  return data.signed_key
}

interface KeyFieldProps {
  readonly value: Signal<string>
  /** Settles when the file that was picked has been read. */
  readonly reading: { current: Promise<void> | undefined }
}

function KeyField({ value, reading }: KeyFieldProps) {
  const id = useId()
  return (
    <p class="field">
      <label for={id}>{words.key}</label>
      <textarea
        {...{ id, value }}
        rows={3}
        onInput={event => {
          value.value = event.currentTarget.value
        }}
        aria-describedby={`${id}-hint`}
        spellcheck={false}
        required
      />
      <small id={`${id}-hint`}>{words.keyHint}</small>
      <label class="file">
        {words.pick}
        <input
          type="file"
          accept=".pub"
          onChange={event => {
            const [file] = event.currentTarget.files ?? []
            reading.current = file
              ?.slice(0, LONGEST_KEY)
              .text()
              .then(text => {
                value.value = text
              })
          }}
        />
      </label>
    </p>
  )
}

/** Bytes of a file that are read: more than any public key has. */
const LONGEST_KEY = 32_768

function SignedCard({ line }: { readonly line: string }) {
  const facts = readCertificate(line)
  const file = `${FILES[line.split('-cert')[0] ?? ''] ?? 'id_key'}-cert.pub`
  return (
    <section class="card credential">
      {facts && <CertificateFacts facts={facts} />}
      <p class="buttons">
        <button type="button" class="primary" onClick={() => saveFile(file, line)}>
          {words.save}
        </button>
        <CopyButton value={line} />
      </p>
      <small>{words.saveHint(file)}</small>
    </section>
  )
}

/** The files in which ssh looks for keys, by the beginning of the type of their certificates. */
const FILES: Readonly<Record<string, string>> = {
  'ssh-ed25519': 'id_ed25519',
  'ssh-rsa': 'id_rsa',
  'ecdsa-sha2-nistp256': 'id_ecdsa',
  'ecdsa-sha2-nistp384': 'id_ecdsa',
  'ecdsa-sha2-nistp521': 'id_ecdsa',
  'sk-ssh-ed25519': 'id_ed25519_sk',
  'sk-ecdsa-sha2-nistp256': 'id_ecdsa_sk',
}

function CertificateFacts({ facts }: { readonly facts: Facts }) {
  const { principals, validBefore, criticalOptions, extensions, serial } = facts
  const permits = extensions.map(each => wordFor(words.extensions, each) ?? each).join(', ')
  return (
    <>
      <h2>{words.allows}</h2>
      <FactList
        rows={[
          [words.logInAs, principals.join(', ')],
          [words.until, validBefore ? clockTime(validBefore) : words.forever],
          [words.only, criticalOptions['source-address']],
          [words.forced, criticalOptions['force-command']],
          [words.permits, permits === '' ? words.bare : permits],
          [words.serial, serial],
        ]}
      />
    </>
  )
}
