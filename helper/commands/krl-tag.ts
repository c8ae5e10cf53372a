import { createHash } from 'node:crypto'
import { contentOf, installFile } from './install-file.ts'

/** The tag that an engine gave with a list, of revoked keys or of trusted ones, kept beside it. */
export interface Tag {
  /** Empty if there is none. */
  readonly text: string
  /** Whether it is the tag of this list: what has been changed or restored since must be fetched anew. */
  describes(list: Buffer | undefined): boolean
}

/** What may stand in a header. RFC 9110 §8.8.3. */
const TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/

/** Reads what {@link writeTag} wrote for a list. */
export function readTag(file: string): Tag {
  const [text = '', digest = ''] = contentOf(`${file}.etag`)?.toString('latin1').split('\n') ?? []
  return {
    text: TAG.test(text) ? text : '',
    describes: list => list !== undefined && digest === digestOf(list),
  }
}

/** Keeps the tag of a list, in a line, and the digest of the list in another. */
export function writeTag(file: string, tag: string | undefined, list: Buffer): void {
  installFile(`${file}.etag`, Buffer.from(`${tag ?? ''}\n${digestOf(list)}\n`, 'latin1'))
}

/** Tags are `"<id of the mount>.…"`. */
export const mountOf = (tag: string): string | undefined => tag.split('.')[0]

const digestOf = (list: Buffer) => createHash('sha256').update(list).digest('hex')
