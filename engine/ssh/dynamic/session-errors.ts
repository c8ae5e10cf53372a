/** A host was not reached, was not trusted, did not let us in, or did not start what it was told: nothing was done on it. */
export class Refused extends Error {
  override readonly name: string = 'Refused'
}

/** The host allows no further session on the connection now. */
export class NoSession extends Refused {
  override readonly name = 'NoSession'
}

/** A command was started on a host, and nobody knows how it ended. */
export class Lost extends Error {
  override readonly name = 'Lost'
}
