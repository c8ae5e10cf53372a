/**
 * The rows of a table of tests that is made from something else: files, pages, declarations.
 * @throws {Error} if there are none, since a loop over nothing passes
 */
export function cases<T>(rows: Iterable<T>): readonly T[] {
  const all = [...rows]
  if (all.length === 0) throw new Error('a table of tests is empty')
  return all
}
