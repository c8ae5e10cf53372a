/** Exit codes as in Vault: 1 for a local error, 2 if the server refused the request or did not answer. */
export const EXIT = { ok: 0, local: 1, server: 2 } as const

/** Ends a command with a message for the user and an exit code. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.local, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The result of `work`. An error gets the prefix `what`, in Vault's words, and exit code 2. */
export async function during<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error)) throw error
    throw new Failure(`${what}: ${error.message}`, EXIT.server, { cause: error })
  }
}
