import type { RawLine } from './raw-line.ts'

/** A problem or note, and the line in the files that it is about. */
export interface LogRemark {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** A remark about a line. */
export const remarkAt = (
  { file, number }: Pick<RawLine, 'file' | 'number'>,
  text: string,
): LogRemark => ({
  file,
  line: number,
  text,
})
