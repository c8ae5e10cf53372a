const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The members of these names that are numbers, booleans or UUIDs, which cannot be secret. */
export const recorded = (data: object, names: readonly string[]): object =>
  Object.fromEntries(
    Object.entries(data).filter(([name, value]) => names.includes(name) && isHarmless(value)),
  )

const isHarmless = (value: unknown) =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && UUID.test(value))
