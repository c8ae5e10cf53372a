import { counted } from '../../../shared/counted.ts'
import type { Client } from '../client.ts'
import { isList, isObject, type Json, type JsonObject } from '../envelope.ts'
import { Failure } from '../failure.ts'
import { listAll } from '../list-all.ts'
import { textsOf } from '../print-init.ts'
import type { Progress } from '../progress.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'
import type { User } from './find-user.ts'

/** What a step did, and what it found still open. */
export interface Step {
  readonly did: string
  readonly open: readonly string[]
  /** What the administrator may have to look at elsewhere. */
  readonly remarks?: readonly string[]
}

/** Revokes the tokens of a disabled user, and what they hold. */
export async function endTokens(client: Client, user: User, progress: Progress): Promise<Step> {
  const open: string[] = []
  let [revoked, after] = [0, '']
  do {
    const body = { entity_id: user.id, ...(after && { after }) }
    const what = 'Error revoking tokens'
    const data = await dataOf(what, client.write('auth/token/revoke-entity', body))
    revoked += Number(data.revoked ?? 0)
    open.push(
      ...textsOf(data.leases_left).map(
        id => `lease ${id} could not be revoked yet; the engine retries`,
      ),
      ...objectsIn(data.orphans).map(openOrphan),
    )
    after = typeof data.next === 'string' ? data.next : ''
    progress.tell(`${counted(revoked, 'token')} revoked …`)
  } while (after !== '')
  return { did: `Revoked ${counted(revoked, 'token')}, with all leases.`, open }
}

const openOrphan = ({ accessor, display_name: name }: JsonObject) =>
  `orphan token ${valueText(accessor ?? '')} (${valueText(name ?? '')}), made by the user: postern token revoke -accessor ${valueText(accessor ?? '')}`

/** Revokes the certificates that a user has requested at an SSH mount. */
export async function endCertificates(client: Client, user: User, mount: string): Promise<Step> {
  let [revoked, version] = [0, '']
  for (const id of user.ids)
    for (let more = true; more; ) {
      const what = `Error revoking certificates at ${mount}`
      const data = await dataOf(what, client.write(`${mount}revoke`, { entity_id: id }))
      const count = Number(data.revoked ?? 0)
      revoked += count
      version = valueText(data.krl_version ?? '')
      // one request revokes a bounded number
      more = data.more === true
    }
  const list =
    revoked === 0 ? '' : ` Hosts refuse them once they have version ${version} of the list.`
  return { did: `Revoked ${counted(revoked, 'certificate')} at ${mount}.${list}`, open: [] }
}

/** Finds the keys of a user that are still on hosts. Their leases have ended, so the engine retries to remove them. */
export async function findKeys(
  client: Client,
  user: User,
  { mount, io }: { readonly mount: string; readonly io: Parameters<typeof listAll>[2] },
): Promise<Step> {
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

const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  value !== undefined && value !== null && isList(value) ? value.filter(isObject) : []

/** A step that fails ends no other one. */
export async function attempted(work: Promise<Step>): Promise<Step & { readonly failed?: true }> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { did: error.message, open: [], failed: true }
  }
}
