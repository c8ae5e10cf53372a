/**
 * Where in the data a number stands of which reading JSON may have changed digits, as a path with dots: one beyond ±2⁵³. Fractions are
 * never exact, and nobody expects them to be. None if all is well.
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
