/** One step of the set-up. A run that was cut short anywhere in it is made up for when it runs again. */
export interface SetupStep {
  readonly name: string
  /** What it does, in the imperative. */
  readonly what: string
  isDone(): boolean | Promise<boolean>
  /** May return a sentence for the administrator. @throws {Failure} */
  run(): string | undefined | Promise<string | undefined>
}
