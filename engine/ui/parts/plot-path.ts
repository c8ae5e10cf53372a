interface Drawing {
  readonly width: number
  readonly height: number
  /** The value at the upper edge. */
  readonly top: number
}

/** Decimals of a coordinate: more cannot be seen. */
const DECIMALS = 1

/** A line through values at equal distances; it is broken where there is none. */
export function pathOf(
  values: readonly (number | null)[],
  { width, height, top }: Drawing,
): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0
  let drawing = false
  return values
    .flatMap((value, index) => {
      const joins = drawing
      drawing = value !== null
      if (value === null) return []
      const x = (index * step).toFixed(DECIMALS)
      const y = (height - (value / top) * height).toFixed(DECIMALS)
      return [`${joins ? 'L' : 'M'}${x} ${y}`]
    })
    .join('')
}

/** Two to five round numbers from 0 to the first that is at least the highest value. */
export function ticksTo(highest: number): readonly number[] {
  const rough = highest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough) ?? rough
  const count = Math.ceil(highest / step - 1e-9)
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}
