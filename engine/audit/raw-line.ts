/** A line of a file, its line end included where there is one. */
export interface RawLine {
  readonly file: string
  readonly number: number
  readonly bytes: Buffer
}
