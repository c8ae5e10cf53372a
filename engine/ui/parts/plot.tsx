import { clockTime } from '../format-time.ts'
import { useId } from '../preact.ts'
import { text } from '../text.ts'
import { pathOf, ticksTo } from './plot-path.ts'

/** In the units of the drawing. */
const WIDTH = 320
const HEIGHT = 120

interface Series {
  readonly name: string
  /** One for each time; null where there is none. */
  readonly values: readonly (number | null)[]
  readonly kind: 'good' | 'bad' | 'accent' | 'quiet'
}

interface PlotProps {
  readonly title: string
  readonly unit?: string
  readonly times: readonly Date[]
  readonly series: readonly Series[]
}

/** Lines over time, with the newest values in words, which are all that a screen reader reads. */
export function Plot({ title, unit = '', times, series }: PlotProps) {
  const id = useId()
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map(value => value ?? 0)))
  const ticks = ticksTo(most)
  const top = ticks.at(-1) ?? most
  const [first, last] = [times[0], times.at(-1)]
  return (
    <figure class="card plot" aria-labelledby={id}>
      <figcaption id={id}>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {ticks.map(tick => {
          const y = HEIGHT - (tick / top) * HEIGHT
          return <line key={tick} class="grid" x1="0" x2={WIDTH} y1={y} y2={y} />
        })}
        {series.map(({ name, values, kind }) => (
          <path key={name} class={kind} d={pathOf(values, { width: WIDTH, height: HEIGHT, top })} />
        ))}
      </svg>
      <p class="axis" aria-hidden="true">
        <span>{first && clockTime(first)}</span>
        <span>
          {text.plot.top} {top} {unit}
        </span>
        <span>{last && clockTime(last)}</span>
      </p>
      <ul class="legend">
        {series.map(({ name, values, kind }) => (
          <li key={name} class={kind}>
            {name}: {newest(values)} {unit}
          </li>
        ))}
      </ul>
    </figure>
  )
}

function newest(values: readonly (number | null)[]): string {
  const value = values.findLast(each => each !== null)
  return value === undefined || value === null ? text.none : String(Math.round(value * 10) / 10)
}
