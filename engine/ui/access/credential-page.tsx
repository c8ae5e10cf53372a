import { Failed } from '../parts/failed.tsx'
import { Field } from '../parts/field.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { useSignal } from '../preact.ts'
import { text } from '../text.ts'
import { useOnce } from '../use-once.ts'
import { useResource } from '../use-resource.ts'
import { CertificateForm } from './certificate-form.tsx'
import { CredentialCard } from './credential-card.tsx'
import { credentials, issue, type RolePath } from './credentials.ts'
import { targetOf } from './target.ts'
import { wanted } from './wanted.ts'
import { type Way, wayBy } from './ways.ts'

const TITLES = {
  otp: text.password.title,
  ca: text.certificate.title,
  dynamic: text.dynamicKey.title,
}

/** Gets a credential by one role, and shows those that it gave. */
export function CredentialPage({ mount, role }: RolePath) {
  const way = useResource(`${mount}/${role}`, signal => wayBy(mount, role, signal))
  const kind = way.state.value.value?.kind
  return (
    <Page title={kind ? TITLES[kind](role) : role}>
      <Loaded of={way}>{found => <CredentialForm way={found} />}</Loaded>
    </Page>
  )
}

function CredentialForm({ way }: { readonly way: Way }) {
  if (way.kind === 'ca') return <CertificateForm way={way} />
  const own = credentials.value.filter(each => each.mount === way.mount && each.role === way.role)
  return (
    <>
      {own.map(each => (
        <CredentialCard key={each.lease} credential={each} />
      ))}
      <HostForm way={way} first={own.length === 0} />
    </>
  )
}

/** Asks for the host, and issues at once. */
function HostForm({ way, first }: { readonly way: Way; readonly first: boolean }) {
  const host = useSignal(wanted.value?.host ?? '')
  const user = useSignal(wanted.value?.user ?? '')
  const { run, busy, failure } = useOnce()
  const request = (event: Event) => {
    event.preventDefault()
    void run(async () => {
      const target = targetOf(user.peek() === '' ? host.peek() : `${user.peek()}@${host.peek()}`)
      if (!target) throw new Error(text.access.notHost)
      await issue(way, target)
    })
  }
  return (
    <form class="card" onSubmit={request}>
      {!first && <h2>{text.access.another}</h2>}
      <Field label={text.access.host} value={host} required focused={first} />
      <Field label={text.access.user} hint={text.access.userHint} value={user} />
      <Failed why={failure} />
      <button type="submit" class={first ? 'primary' : undefined}>
        {busy.value ? text.loading : text.access.gets[way.kind]}
      </button>
    </form>
  )
}
