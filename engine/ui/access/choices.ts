import { goTo } from '../route.ts'
import { menuEntries } from '../shell/menu-entries.ts'
import { text } from '../text.ts'
import { issue } from './credentials.ts'
import { ownRoles } from './own-roles.ts'
import { type Target, targetOf } from './target.ts'
import { wanted } from './wanted.ts'
import { type Way, waysInto } from './ways.ts'

/** Something to choose below the search line. */
export interface Choice {
  readonly key: string
  readonly label: string
  readonly detail: string
  /** What Enter does. */
  readonly action: string
  /** Why it cannot be chosen. */
  readonly refused: string | undefined
  /** @throws {ApiFailure} */
  take(): Promise<void>
}

/** Pages and roles shown for one text at the most. */
const MOST = 8

const words = text.access

/** What fits a text: the ways into the host that it names, roles, pages. @throws {ApiFailure} */
export async function findChoices(typed: string, signal: AbortSignal): Promise<readonly Choice[]> {
  const needle = typed.trim().toLowerCase()
  const roles = ownRoles.value.filter(({ role }) => role.toLowerCase().includes(needle))
  const pages =
    needle === '' ? [] : menuEntries().filter(({ label }) => label.toLowerCase().includes(needle))
  const known = [
    ...roles.map(({ path, role }) => leading(path, role, words.byRole)),
    ...pages.map(({ path, label }) => leading(path, label, words.page)),
  ].slice(0, MOST)
  const target = targetOf(typed)
  // the name of a role or a page is no host, unless it is typed as one
  if (!target || (known.length > 0 && !/[.:@\d]/.test(typed))) return known
  const ways = await waysInto(target, signal)
  return [...ways.map(way => intoHost(way, target)), ...known]
}

const leading = (path: string, label: string, detail: string): Choice => ({
  ...{ key: `page ${path}`, label, detail, action: words.openPage, refused: undefined },
  take: async () => goTo(path),
})

function intoHost(way: Way, target: Target): Choice {
  const { mount, role, kind, path, allowed, user, reason = '' } = way
  return {
    key: path,
    label: `${words.kind[kind]}${words.by(role)}`,
    detail: user === undefined ? '' : words.as(user),
    action: words.gets[kind],
    refused: allowed ? undefined : words.refusedBecause(reason),
    async take() {
      wanted.value = target
      if (kind !== 'ca') await issue({ mount, role }, target)
      goTo(path)
    },
  }
}
