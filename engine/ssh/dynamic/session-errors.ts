/** A host could not be reached, was not trusted, refused the login or did not start the command: nothing was done on it. */
export class Refused extends Error {
  override readonly name: string = 'Refused'
}

/** The host allows no further session on the connection at present. */
export class NoSession extends Refused {
  override readonly name = 'NoSession'
}

/** A command was started on a host, and it is not known how it ended. */
export class Lost extends Error {
  override readonly name = 'Lost'
}
