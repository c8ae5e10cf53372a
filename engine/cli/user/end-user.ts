import { counted } from '../../../shared/counted.ts'
import type { Client } from '../client.ts'
import { isList, isObject, type Json, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
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

/** Things of unknown origin that are named each; the others are counted. */
const NAMED = 20

/** Revokes the tokens of a disabled user, and what they hold. */
export async function endTokens(client: Client, user: User, progress: Progress): Promise<Step> {
  // each request tells of all leases that are left
  const [open, unknown] = [new Set<string>(), new Set<string>()]
  let [revoked, damaged, after] = [0, 0, '']
  do {
    const body = { entity_id: user.id, ...(after && { after }) }
    const what = 'Error revoking tokens'
    const data = await dataOf(what, client.write('auth/token/revoke-entity', body))
    revoked += Number(data.revoked ?? 0)
    for (const id of textsOf(data.leases_left)) open.add(openLease(id))
    for (const each of objectsIn(data.orphans)) open.add(openOrphan(each))
    for (const each of objectsIn(data.unattributed)) unknown.add(unknownToken(each))
    for (const id of textsOf(data.leases_unattributed)) unknown.add(unknownLease(id))
    damaged += Number(data.damaged ?? 0)
    after = nextOf(data, after)
    progress.tell(`${counted(revoked, 'token')} revoked …`)
  } while (after !== '')
  const did = `Revoked ${counted(revoked, 'token')}, with all leases.`
  return { did, open: [...open], remarks: [...named([...unknown]), ...damagedRemark(damaged)] }
}

/** Where the next request begins; empty at the end. @throws {Failure} where that is no way on */
function nextOf({ next }: JsonObject, after: string): string {
  if (typeof next !== 'string') return ''
  if (next !== after) return next
  const what = 'Error revoking tokens: unexpected response of the server: it does not go on'
  throw new Failure(what, EXIT.server)
}

const damagedRemark = (count: number): readonly string[] =>
  count === 0
    ? []
    : [
        `The storage of the server is damaged: the records of ${counted(count, 'token')} cannot be read. Nobody can use them, and whose they were is not known.`,
      ]

const openLease = (id: string) => `lease ${id} could not be revoked yet; the engine retries`

const openOrphan = (token: JsonObject) =>
  `orphan token ${shownToken(token)}, made by the user: ${revocation(token)}`

const unknownToken = (token: JsonObject) =>
  `Who made the token ${shownToken(token)}, or knows it, is not known. If the user did: ${revocation(token)}`

const unknownLease = (id: string) =>
  `Whose the lease ${id} was is not known. It could not be revoked yet; the engine retries.`

const shownToken = ({ accessor, display_name: name, path }: JsonObject) =>
  `${valueText(accessor ?? '')} (${valueText(name ?? '')}, ${valueText(path ?? '')})`

const revocation = ({ accessor }: JsonObject) =>
  `postern token revoke -accessor ${valueText(accessor ?? '')}`

const named = (all: readonly string[]): readonly string[] =>
  all.length <= NAMED
    ? all
    : [...all.slice(0, NAMED), `There are ${all.length - NAMED} more tokens and leases like these.`]

/** Revokes the certificates that a user has requested at an SSH mount. */
export async function endCertificates(client: Client, user: User, mount: string): Promise<Step> {
  let [revoked, version] = [0, '']
  const open: string[] = []
  for (const id of user.ids)
    for (let more = true; more; ) {
      const what = `Error revoking certificates at ${mount}`
      const data = await dataOf(what, client.write(`${mount}revoke`, { entity_id: id }))
      const count = Number(data.revoked ?? 0)
      revoked += count
      version = valueText(data.krl_version ?? '')
      // one request revokes a bounded number
      more = data.more === true && count > 0
      if (!more) open.push(...openCertificates(data, mount))
    }
  const list =
    revoked === 0 ? '' : ` Hosts refuse them once they have version ${version} of the list.`
  return { did: `Revoked ${counted(revoked, 'certificate')} at ${mount}.${list}`, open }
}

const openCertificates = (data: JsonObject, mount: string): readonly string[] => [
  ...textsOf(data.by_orphans).map(
    serial =>
      `certificate ${serial}, requested by an orphan token of the user: postern certs revoke -mount=${mount} ${serial}`,
  ),
  ...(data.more_left === true
    ? [`more certificates of orphan tokens of the user at ${mount}`]
    : []),
]

export const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
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
