import type { Envelope, JsonObject } from './envelope.ts'
import { during, EXIT, Failure } from './failure.ts'

/** Like {@link during}, for requests whose response is never empty. @throws {Failure} */
export async function replyTo(
  what: string,
  work: Promise<Envelope | undefined>,
): Promise<Envelope> {
  const reply = await during(what, work)
  if (reply?.data || reply?.auth || reply?.wrap_info || reply?.lease_id) return reply
  throw new Failure(`${what}: unexpected response of the server: it is empty`, EXIT.server)
}

/** Like {@link replyTo}, for responses with data. @throws {Failure} */
export async function dataOf(
  what: string,
  work: Promise<Envelope | undefined>,
): Promise<JsonObject> {
  return requireData(what, await replyTo(what, work))
}

function requireData(what: string, { data }: Envelope): JsonObject {
  if (data) return data
  throw new Failure(`${what}: unexpected response of the server: it has no data`, EXIT.server)
}
