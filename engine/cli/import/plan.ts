import type { Client } from '../client.ts'
import type { Json, JsonObject } from '../envelope.ts'
import { isEmpty, isSameValue } from './same-value.ts'

/** What an import will do, and what it cannot do. */
export interface Plan {
  /** In the order in which they work: what others refer to comes first. */
  readonly steps: readonly Step[]
  /** Number of things that are the same on both servers. */
  readonly same: number
  readonly left: readonly Left[]
}

/** One change of the target. */
export interface Step {
  readonly action: 'create' | 'change'
  /** What it writes: a path, with the name of the thing behind it where the path does not have it. */
  readonly path: string
  readonly fields: readonly FieldChange[]
  /** Sends the request. @throws {Error} if it is refused */
  readonly perform: (client: Client) => Promise<void>
}

export interface FieldChange {
  readonly name: string
  /** Undefined where there was none. */
  readonly before: Json | undefined
  readonly after: Json
}

/** Something that is not taken over. */
export interface Left {
  readonly what: string
  readonly reason: string
  /** What to do about it. */
  readonly remedy: string
}

/** Something on both servers. */
export interface Comparison {
  readonly path: string
  /** What the target has; undefined if there is none. */
  readonly before: JsonObject | undefined
  /** What it should have. */
  readonly after: JsonObject
  readonly perform: Step['perform']
}

/** Collects the parts of a plan. */
export class PlanBuilder {
  readonly #steps: Step[] = []
  readonly #left: Left[] = []
  #same = 0

  /** Adds a step, unless the target has what it should have. Says whether it did. */
  compare({ path, before, after, perform }: Comparison): boolean {
    const fields = changesOf(before ?? {}, after)
    if (before && fields.length === 0) this.#same++
    else this.#steps.push({ action: before ? 'change' : 'create', path, fields, perform })
    return !before || fields.length > 0
  }

  leave(left: Left): void {
    this.#left.push(left)
  }

  get plan(): Plan {
    return { steps: this.#steps, same: this.#same, left: this.#left }
  }
}

/** The fields that differ, by name. A field that only `before` has is no difference. */
const changesOf = (before: JsonObject, after: JsonObject): readonly FieldChange[] =>
  Object.keys(after)
    .sort()
    .map(name => ({ name, before: before[name], after: after[name] ?? null }))
    .filter(each => !isSameValue(each.before, each.after))
    .map(each => (isEmpty(each.before) ? { ...each, before: undefined } : each))
