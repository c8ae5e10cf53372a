import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import type { JsonObject } from '../envelope.ts'
import { during } from '../failure.ts'
import { listAll } from '../list-all.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { valueText } from '../value-text.ts'
import type { Step } from './end-user.ts'
import type { User } from './find-user.ts'

/** The SSH secrets engine that is looked at. */
interface Place {
  readonly mount: string
  readonly io: Pick<CliIo, 'stderr'>
}

/** Finds the keys of a user that are still on hosts. Their leases have ended, so the engine retries to remove them. */
export async function findKeys(client: Client, user: User, { mount, io }: Place): Promise<Step> {
  const open: string[] = []
  for (const id of user.ids) {
    const query = { entity_id: id }
    const wanted = { path: `${mount}dynamic/keys`, query, after: '', limit: 0, kind: 'key' }
    const { records } = await listAll(client, wanted, io)
    for (const { username, ip, name } of records)
      open.push(
        `key of ${valueText(username ?? '')} on ${valueText(ip ?? '')}, lease ${valueText(name ?? '')}`,
      )
  }
  const did =
    open.length === 0
      ? `No key is left on a host of ${mount}.`
      : `Keys are left on hosts of ${mount}.`
  return { did, open }
}

/** Finds the tokens for enrolling hosts that a user has issued and that are still valid. */
export async function findEnrollTokens(client: Client, user: User, mount: string): Promise<Step> {
  const path = `${mount}enroll-tokens`
  const reply = await during(`Error listing ${path}`, client.list(path))
  const tokens = Object.entries(objectOf(reply?.data?.key_info ?? {}))
  const open = tokens
    .map(([id, token]) => ({ id, ...objectOf(token) }) as JsonObject)
    .filter(({ entity_id: by, left }) => user.ids.includes(valueText(by ?? '')) && left !== 0)
    .map(
      ({ id, expiration }) =>
        `enrolment token that the user has issued, valid until ${valueText(expiration ?? '')}: postern delete ${path}/${valueText(id ?? '')}`,
    )
  return { did: `Looked for enrolment tokens at ${mount}.`, open }
}
