/** Exit codes as Vault's: 1 for what is wrong here, 2 for what the server refused or could not be asked. */
export const EXIT = { ok: 0, local: 1, server: 2 } as const

/** Ends a command: the message for the person at the terminal, and the exit code. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.local, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** What `work` gives. Where it fails, the failure begins with what was being done, as Vault words it, and ends in exit code 2. */
export async function during<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error
    throw new Failure(`${what}: ${error.message}`, EXIT.server, { cause: error })
  }
}
