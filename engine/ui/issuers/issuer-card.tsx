import { may, readCapabilities } from '../api/mounts.ts'
import { timeOf } from '../format-time.ts'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import { wordFor } from '../word-for.ts'
import type { Issuer } from './issuer.ts'

const words = text.issuers

interface Dependents {
  readonly roles: readonly string[]
  readonly live_certificates: number
  /** When no certificate of it is valid any more; null if that is so now. */
  readonly safe_after: string | null
}

interface IssuerCardProps {
  readonly mount: string
  readonly id: string
  readonly issuer: Issuer
  readonly onChanged: () => void
}

/** One issuer: its state, what depends on it, and the next step of its rotation. */
export function IssuerCard({ mount, id, issuer, onChanged }: IssuerCardProps) {
  const { issuer_name: name = '', is_default: isDefault, state, public_key: key = '' } = issuer
  const path = `${mount}/issuer/${id}`
  const dependents = useResource(id, async signal => {
    const [{ data }] = await Promise.all([
      ask(`${path}/dependents`, { signal }),
      readCapabilities([path, `${mount}/config/issuers`]),
    ])
    return data as Dependents
  })
  return (
    <section class="card" aria-label={name === '' ? id : name}>
      <h2>
        {name === '' ? id : name} {isDefault && <span class="state good">{words.default}</span>}{' '}
        {state !== undefined && <span class="state">{wordFor(words.states, state) ?? state}</span>}
      </h2>
      <Loaded of={dependents}>
        {found => (
          <>
            <DependentFacts id={id} state={state} dependents={found} />
            <p class="buttons">
              <CopyButton value={key.trim()} label={words.copyKey} />
              <NextStep {...{ mount, id, issuer, onChanged }} dependents={found} />
            </p>
          </>
        )}
      </Loaded>
    </section>
  )
}

interface DependentProps {
  readonly id: string
  readonly dependents: Dependents
}

const DependentFacts = ({
  id,
  state,
  dependents,
}: DependentProps & { readonly state: string | undefined }) => {
  const { roles, live_certificates: live, safe_after: safe } = dependents
  return (
    <Facts
      rows={[
        [words.id, id],
        [words.roles, roles.join(', ')],
        [words.live, String(live)],
        [words.safe, state === 'retiring' ? (timeOf(safe) ?? words.safeNow) : ''],
      ]}
    />
  )
}

/** A staged issuer can become the default one; a retiring one, on which nothing depends, can be deleted. */
function NextStep(props: IssuerCardProps & DependentProps) {
  const { mount, id, issuer, dependents, onChanged } = props
  const send = (path: string, request: Parameters<typeof ask>[1]) => async () => {
    await ask(path, request)
    onChanged()
  }
  const path = `${mount}/issuer/${id}`
  if (issuer.is_default) return null
  const hasLed = issuer.state === 'retiring' || issuer.state === 'revoked'
  if (!hasLed && may('update', `${mount}/config/issuers`))
    return (
      <ConfirmButton
        label={words.makeDefault}
        onConfirm={send(`${mount}/config/issuers`, { method: 'POST', data: { default: id } })}
      >
        <p>{words.makeDefaultHint}</p>
      </ConfirmButton>
    )
  const isFree = dependents.roles.length === 0 && dependents.live_certificates === 0
  if (!isFree || !may('delete', path)) return null
  return (
    <ConfirmButton label={words.remove} onConfirm={send(path, { method: 'DELETE' })}>
      <p>{words.removeHint}</p>
    </ConfirmButton>
  )
}
