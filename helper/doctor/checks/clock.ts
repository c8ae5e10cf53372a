import { check } from '../check.ts'

/** Seconds: the engine's `max_skew`, and a difference that is worth a look. */
const [FAILS, WARNS] = [300, 30]

export const clock = check({
  name: 'clock',
  text: 'The clock of this host against that of the engine.',
  dependsOn: ['tls'],
  causes: {
    off: 'The clocks are 5 minutes or more apart: certificates seem expired or not yet valid, and the engine refuses lists and certificates to this host.',
    drifts: 'The clocks are 30 seconds or more apart.',
  },
  run: async context => {
    const { probe, engine } = await context.engine()
    const { time, here = 0 } = probe.health ?? {}
    if (time === undefined) return undefined
    const skew = Math.round((here - time) / 1000)
    context.measures.set('clock_skew_seconds', skew)
    if (Math.abs(skew) < WARNS) return undefined
    const ahead = skew > 0 ? 'ahead of' : 'behind'
    const at = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 19)
    const says = `the clock of this host is ${Math.abs(skew)} seconds ${ahead} that of ${engine.name} (${at(here)} here, ${at(time)} there)`
    // chrony steps at once; timedatectl has systemd-timesyncd do so
    const mend = 'chronyc makestep || timedatectl set-ntp true'
    return Math.abs(skew) >= FAILS
      ? { level: 'failure', cause: 'off', says, mend }
      : { level: 'warning', cause: 'drifts', says, mend }
  },
})
