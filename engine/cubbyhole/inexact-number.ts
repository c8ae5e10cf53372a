/**
 * The dotted path of an integer beyond ±2⁵³, whose digits may have changed when JSON was parsed; undefined if there is none. Fractions
 * are never exact, and are accepted.
 */
export function inexactNumber(data: unknown): string | undefined {
  if (typeof data === 'number')
    return Number.isInteger(data) && !Number.isSafeInteger(data) ? '' : undefined
  if (typeof data !== 'object' || data === null) return undefined
  for (const [key, value] of Object.entries(data)) {
    const place = inexactNumber(value)
    if (place !== undefined) return place === '' ? key : `${key}.${place}`
  }
  return undefined
}
