import type { Call } from '../../api/call.ts'
import { findHost, hostNames } from './hosts.ts'
import type { SeenHosts } from './seen-hosts.ts'

const PAGE = 1000

/** Hosts that an answer lists. */
const LISTED = 20

interface Unconfirmed {
  readonly names: readonly string[]
  readonly isMore: boolean
  /** Enabled hosts that were looked at. */
  readonly enrolled: number
}

/** The enabled hosts that have not told that they have the keys of verify in this version or a later one. */
export async function unconfirmedHosts(
  call: Call,
  seen: SeenHosts,
  version: number,
): Promise<Unconfirmed> {
  const names: string[] = []
  let enrolled = 0
  for (let after = ''; ; ) {
    const page = await hostNames(call.tx, { after, limit: PAGE })
    for (const name of page) {
      const host = await findHost(call.tx, name)
      if (!host?.publicKey || host.disabled) continue
      enrolled++
      const known = (await seen.find(call, name))?.values.verify_keys_version?.[0] ?? 0
      if (Number(known) >= version) continue
      if (names.length === LISTED) return { names, isMore: true, enrolled }
      names.push(name)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return { names, isMore: false, enrolled }
    after = last
  }
}
