import { countdown } from '../format-time.ts'
import { useEffect, useSignal } from '../preact.ts'
import { text } from '../text.ts'

/** Of the circle, in the units of its drawing. */
const RADIUS = 26
const LENGTH = 2 * Math.PI * RADIUS

interface RingProps {
  /** When it is empty, by the monotonic clock, in milliseconds. */
  readonly until: number
  /** Milliseconds of a whole turn. */
  readonly lifetime: number
}

/** Counts down, as a ring and in figures. Screen readers read the figures when asked to, not every second. */
export function Ring({ until, lifetime }: RingProps) {
  const now = useSignal(performance.now())
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now()
    }, 500)
    return () => clearInterval(timer)
  }, [until])
  const left = Math.max(0, until - now.value)
  const share = Math.min(1, left / lifetime)
  return (
    <div class="ring" role="timer" aria-label={text.password.left(countdown(left / 1000))}>
      <svg viewBox="0 0 60 60" aria-hidden="true">
        <circle class="track" cx="30" cy="30" r={RADIUS} />
        <circle
          class={share < 0.2 ? 'rest low' : 'rest'}
          cx="30"
          cy="30"
          r={RADIUS}
          stroke-dasharray={LENGTH}
          stroke-dashoffset={LENGTH * (1 - share)}
        />
      </svg>
      <span aria-hidden="true">{countdown(left / 1000)}</span>
    </div>
  )
}
