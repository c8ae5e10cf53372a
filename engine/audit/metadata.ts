import { METADATA } from '../../shared/metadata.ts'
import { cutText } from './cut-text.ts'

/**
 * Metadata of a token as lines show it, cut to the limits for metadata: claims of a login may be longer, and so may metadata of older
 * versions.
 */
export function metadataOf(
  metadata: Readonly<Record<string, string>> | null,
): Readonly<Record<string, string>> | null {
  if (metadata === null) return null
  const { pairs, name, value } = METADATA
  const entries = Object.entries(metadata)
  const shown = entries
    // a login adds the name of its role
    .slice(0, pairs + 1)
    .map(([key, text]) => [cutText(key, name), cutText(text, value)] as const)
  const more = entries.length - shown.length
  return Object.fromEntries(more > 0 ? [...shown, ['…', `${more} more`]] : shown)
}
