/** What a run of mocha leaves in the file that POSTERN_TEST_COUNTS names. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  /** The whole title of each test that failed, with its error. */
  readonly failing: readonly string[]
  /** Milliseconds by file. */
  readonly files: Readonly<Record<string, number>>
}
