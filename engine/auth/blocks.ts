import { parseAs } from '../api/invalid-as.ts'
import { parseBound } from '../token/bound-cidrs.ts'

/**
 * Blocks of addresses. A lone address is a block of itself, and stays as it was written, as Vault shows it.
 * @throws {ApiError} invalid
 */
export function blocks(given: readonly string[]): readonly string[] {
  return parseAs('', () =>
    given.map(text => {
      const block = parseBound(text)
      return text.includes('/') ? block.text : block.text.replace(/\/\d+$/, '')
    }),
  )
}
