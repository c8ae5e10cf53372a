import { createHash } from 'node:crypto'
import { contentOf, installFile } from './install-file.ts'

/** The ETag that an engine sent with a KRL or with CA keys, stored beside the file. */
export interface Tag {
  /** Empty if there is none. */
  readonly text: string
  /** Whether it is the tag of this content: a file that was changed or restored since must be fetched again. */
  describes(list: Buffer | undefined): boolean
}

/** The syntax of an ETag. RFC 9110 §8.8.3. */
const TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/

/** Reads what {@link writeTag} wrote for a file. */
export function readTag(file: string): Tag {
  const [text = '', digest = ''] = contentOf(`${file}.etag`)?.toString('latin1').split('\n') ?? []
  return {
    text: TAG.test(text) ? text : '',
    describes: list => list !== undefined && digest === digestOf(list),
  }
}

/** Stores the tag on one line, and the digest of the content on the next. */
export function writeTag(file: string, tag: string | undefined, list: Buffer): void {
  installFile(`${file}.etag`, Buffer.from(`${tag ?? ''}\n${digestOf(list)}\n`, 'latin1'))
}

/** Tags are `"<id of the mount>.…"`. */
export const mountOf = (tag: string): string | undefined => tag.split('.')[0]

const digestOf = (list: Buffer) => createHash('sha256').update(list).digest('hex')
