import { may, readCapabilities } from '../api/mounts.ts'
import { age, timeOf } from '../format-time.ts'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Link } from '../parts/link.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import type { Host } from './host.ts'
import { HostState } from './host-state.tsx'

const words = text.hosts

interface HostPageProps {
  readonly mount: string
  readonly name: string
}

/** One host: what the engine knows of it, and a button to disable or enable it. */
export function HostPage({ mount, name }: HostPageProps) {
  const path = `${mount}/hosts/${name}`
  const host = useResource(path, async signal => {
    const [{ data }] = await Promise.all([ask(path, { signal }), readCapabilities([path])])
    return data as Host
  })
  return (
    <Page title={name} above={<Link to={`${mount}/hosts`}>← {words.title}</Link>}>
      <Loaded of={host}>
        {found => (
          <>
            <section class="card">
              <HostState host={found} />
              <HostFacts host={found} />
            </section>
            {may('update', path) && <Switch path={path} host={found} onDone={host.reload} />}
          </>
        )}
      </Loaded>
    </Page>
  )
}

const HostFacts = ({ host }: { readonly host: Host }) => (
  <Facts
    rows={[
      [words.disabledBy, host.disabled ? joined(host.disabled_by, timeOf(host.disabled_time)) : ''],
      [words.addresses, host.addresses.join(', ')],
      [words.groups, host.groups.join(', ')],
      [words.lastVerify, timeOf(host.last_verify_time)],
      [words.lastSeen, joined(timeOf(host.last_seen_time), ...Object.keys(host.seen_from ?? {}))],
      [words.version, host.helper_version],
      [words.skew, host.clock_skew === undefined ? '' : `${host.clock_skew.toFixed(1)} s`],
      [words.krlAge, ageOf(host.krl_age)],
      [words.trustAge, ageOf(host.trust_age)],
      [words.certificateAge, ageOf(host.host_cert_age)],
      [words.check, host.check],
      [words.enrolledAt, joined(timeOf(host.enrolled_time), host.enrolled_from)],
      [words.keyId, host.key_id],
    ]}
  />
)

const joined = (...parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' ')
const ageOf = (seconds: number | undefined) => (seconds === undefined ? '' : age(seconds))

interface SwitchProps {
  readonly path: string
  readonly host: Host
  readonly onDone: () => void
}

function Switch({ path, host: { disabled }, onDone }: SwitchProps) {
  const change = async () => {
    await ask(path, { method: 'POST', data: { disabled: !disabled } })
    onDone()
  }
  return (
    <ConfirmButton label={disabled ? words.enable : words.disable} onConfirm={change}>
      <p>{disabled ? words.enableHint : words.disableHint}</p>
    </ConfirmButton>
  )
}
