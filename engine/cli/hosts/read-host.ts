import type { Client } from '../client.ts'
import type { Envelope } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'

/** A host of an SSH mount, by its name. */
interface NamedHost {
  readonly mount: string
  readonly name: string
}

export const hostPath = ({ mount, name }: NamedHost): string =>
  `${trimPath(mount)}/hosts/${name.trim().toLowerCase()}`

/** What the engine knows of a host. @throws {Failure} if there is none of the name */
export async function readHost(client: Client, host: NamedHost): Promise<Envelope> {
  const path = hostPath(host)
  const envelope = await during(`Error reading ${path}`, client.read(path))
  if (envelope?.data) return envelope
  throw new Failure(
    `No host is named ${JSON.stringify(host.name)}: "postern hosts list" lists them`,
    EXIT.server,
  )
}
