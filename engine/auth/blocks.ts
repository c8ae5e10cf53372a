import { parseAs } from '../api/invalid-as.ts'
import { parseBound } from '../token/bound-cidrs.ts'

/**
 * Parses CIDR blocks. A single address is a block of itself, and is shown without a prefix length, as in Vault.
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
