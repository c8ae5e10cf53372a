import { age } from '../format-time.ts'
import { Facts } from '../parts/facts.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { useEffect } from '../preact.ts'
import { ask } from '../session.ts'
import { text } from '../text.ts'
import { useResource } from '../use-resource.ts'
import { type Activity, perMinute } from './activity.ts'

const words = text.health

/** Milliseconds until the plots are drawn anew. */
const REFRESH = 10_000

interface Health {
  readonly version: string
  readonly cluster_name: string
  readonly cluster_id: string
  readonly standby: boolean
  readonly server_time_utc: number
}

/** The health of the engine, and its last hour in three plots. */
export function HealthPage() {
  const read = useResource('health', async signal => {
    const [health, activity] = await Promise.all([
      readHealth(signal),
      ask('sys/activity', { signal }),
    ])
    return { health, activity: activity.data as Activity }
  })
  useEffect(() => {
    const timer = setInterval(read.reload, REFRESH)
    return () => clearInterval(timer)
  }, [])
  return (
    <Page title={words.title}>
      <Loaded of={read}>
        {({ health, activity }) => (
          <>
            <section class="card">
              <HealthFacts health={health} activity={activity} />
            </section>
            <Plots activity={activity} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** `sys/health` has no envelope, as in Vault. @throws {ApiFailure} */
async function readHealth(signal: AbortSignal): Promise<Health> {
  return (await ask('sys/health', { signal })) as unknown as Health
}

interface HealthFactsProps {
  readonly health: Health
  readonly activity: Activity
}

const HealthFacts = ({ health, activity }: HealthFactsProps) => (
  <Facts
    rows={[
      [words.version, health.version],
      [words.state, health.standby ? words.standby : words.active],
      [words.cluster, `${health.cluster_name} ${health.cluster_id}`],
      [words.node, `${activity.process.node} (${words.process(activity.process.pid)})`],
      [words.skew, skew(health.server_time_utc)],
    ]}
  />
)

/** How far the clock of this browser is from that of the engine, if that is more than a few seconds. */
function skew(serverTime: number): string {
  const seconds = Math.round(Date.now() / 1000 - serverTime)
  return Math.abs(seconds) > 5 ? words.skewOf(age(Math.abs(seconds))) : ''
}

function Plots({ activity: { samples, interval } }: { readonly activity: Activity }) {
  const times = samples.map(({ time }) => new Date(time))
  const counted = (count: (sample: Activity['samples'][number]) => number) =>
    samples.map(sample => perMinute(count(sample), interval))
  const milliseconds = (seconds: number | null) => (seconds === null ? null : seconds * 1000)
  return (
    <div class="plots">
      <Plot
        title={words.logins}
        times={times}
        series={[
          { name: words.verified, values: counted(each => each.otp_verified), kind: 'good' },
          { name: words.refused, values: counted(each => each.otp_refused), kind: 'bad' },
          { name: words.signed, values: counted(each => each.certificates_signed), kind: 'accent' },
        ]}
      />
      <Plot
        title={words.latency}
        unit="ms"
        times={times}
        series={[
          {
            name: '50 %',
            values: samples.map(each => milliseconds(each.latency.p50)),
            kind: 'accent',
          },
          {
            name: '99 %',
            values: samples.map(each => milliseconds(each.latency.p99)),
            kind: 'quiet',
          },
        ]}
      />
      <Plot
        title={words.leases}
        times={times}
        series={[{ name: words.leases, values: samples.map(each => each.leases), kind: 'accent' }]}
      />
    </div>
  )
}
