import { CopyButton } from '../parts/copy-button.tsx'
import { Failed } from '../parts/failed.tsx'
import { Notice } from '../parts/notice.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { Ring } from '../parts/ring.tsx'
import { useSignal } from '../preact.ts'
import { saveFile } from '../save-file.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'
import type { Credential } from './credential.ts'
import { replace, revoke } from './credentials.ts'
import { adviceFor, outcomeText } from './otp-outcome.ts'

const words = text.password

/** A password or a key: how to use it while it is valid, then what became of it. */
export function CredentialCard({ credential }: { readonly credential: Credential }) {
  const { kind, user, host, role, expires, lifetime } = credential
  const outcome = credential.outcome.value
  return (
    <article class="card credential" aria-label={`${text.access.kind[kind]}: ${user}@${host}`}>
      <header>
        <div>
          <strong>{`${user}@${host}`}</strong>
          <p class="hint">{`${text.access.kind[kind]}${text.access.by(role)}`}</p>
        </div>
        {!outcome && <Ring until={expires} lifetime={lifetime} />}
      </header>
      {/* always there, since a screen reader tells what changes in it */}
      <div aria-live="polite">
        {outcome && (
          <Notice kind={KINDS[outcome.state] ?? 'info'} title={outcomeText(outcome)}>
            {adviceFor(outcome.reason)}
          </Notice>
        )}
      </div>
      {!outcome && <Usable credential={credential} />}
      <Actions credential={credential} />
    </article>
  )
}

const KINDS: Readonly<Record<string, 'good' | 'bad'>> = { used: 'good', refused: 'bad' }

const Usable = ({ credential }: { readonly credential: Credential }) =>
  credential.kind === 'otp' ? (
    <Password credential={credential} />
  ) : (
    <PrivateKey credential={credential} />
  )

function Password({ credential }: { readonly credential: Credential }) {
  const { secret, silent, refusal } = credential
  const drawn = useSignal(false)
  const password = secret.value ?? ''
  return (
    <>
      {/* an output is read aloud by itself, which others in the room would hear */}
      <output class="secret" aria-label={words.label} aria-live="off">
        {password}
      </output>
      <p class="buttons">
        <CopyButton class="primary" value={password} label={words.copy} />
        <button
          type="button"
          aria-expanded={drawn}
          onClick={() => {
            drawn.value = !drawn.value
          }}
        >
          {drawn.value ? words.hideCode : words.showCode}
        </button>
      </p>
      {drawn.value && <QrCode value={password} label={words.code} />}
      <Command words={commandOf(credential)} hint={words.commandHint} />
      <Keeps credential={credential} />
      {refusal.value && (
        <Notice kind="bad" title={outcomeText(refusal.value)}>
          {adviceFor(refusal.value.reason)} {words.stillValid}
        </Notice>
      )}
      <p class="waiting" role="status">
        {silent.value ? words.silent : words.waiting}
      </p>
    </>
  )
}

/** Ready to paste into a shell: names of hosts and users have no character that a shell reads. */
function commandOf({ user, host, port }: Credential, ...options: string[]): string {
  const at = port === 22 ? [] : ['-p', String(port)]
  return ['ssh', ...options, ...at, `${user}@${host}`].map(quoted).join(' ')
}

const quoted = (word: string) =>
  /^[A-Za-z0-9@%_+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

const Command = ({ words: command, hint }: { readonly words: string; readonly hint: string }) => (
  <p class="command">
    <span>{words.command}</span>
    <code>{command}</code>
    <CopyButton value={command} />
    <small>{hint}</small>
  </p>
)

const Keeps = ({ credential: { keeps } }: { readonly credential: Credential }) => (
  <label class="check">
    <input
      type="checkbox"
      checked={keeps}
      onChange={event => {
        keeps.value = event.currentTarget.checked
      }}
    />
    {words.keep}
  </label>
)

function PrivateKey({ credential }: { readonly credential: Credential }) {
  const { dynamicKey } = text
  const file = `postern-${credential.host.replace(/[^A-Za-z0-9.-]/g, '-')}.key`
  return (
    <>
      <p>{dynamicKey.ready}</p>
      <p class="buttons">
        <button
          type="button"
          class="primary"
          onClick={() => saveFile(file, credential.secret.value ?? '')}
        >
          {dynamicKey.save}
        </button>
      </p>
      <Command
        words={`chmod 600 ${file} && ${commandOf(credential, '-i', file)}`}
        hint={dynamicKey.saveHint}
      />
    </>
  )
}

function Actions({ credential }: { readonly credential: Credential }) {
  const { run, failure } = useOnce()
  const isValid = credential.outcome.value === undefined
  return (
    <>
      <p class="buttons">
        <button type="button" onClick={() => run(() => replace(credential))}>
          {words.fresh}
        </button>
        {isValid && (
          <button type="button" onClick={() => run(() => revoke(credential))}>
            {credential.kind === 'otp' ? words.revoke : text.dynamicKey.end}
          </button>
        )}
      </p>
      <Failed why={failure} />
    </>
  )
}
