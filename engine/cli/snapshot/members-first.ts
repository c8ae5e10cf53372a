import type { Group } from './snapshot.ts'

/** Groups behind those that are their members. A circle, which no server has, stays at the end. */
export function membersFirst(groups: readonly Group[]): readonly Group[] {
  const done: Group[] = []
  let rest = groups
  while (rest.length > 0) {
    const names = new Set(rest.map(({ name }) => name))
    const ready = rest.filter(({ groups: members }) => !members.some(each => names.has(each)))
    done.push(...(ready.length > 0 ? ready : rest))
    rest = ready.length > 0 ? rest.filter(group => !ready.includes(group)) : []
  }
  return done
}
