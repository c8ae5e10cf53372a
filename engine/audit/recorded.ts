const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Of some data, the numbers, truth values and UUIDs under these names: nothing in it can be secret. */
export const recorded = (data: object, names: readonly string[]): object =>
  Object.fromEntries(
    Object.entries(data).filter(([name, value]) => names.includes(name) && isHarmless(value)),
  )

const isHarmless = (value: unknown) =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && UUID.test(value))
