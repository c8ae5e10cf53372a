import { Failure } from '../failure.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The ids that the target has given to things of the source. They become known as the steps of an import are performed. */
export class TargetIds {
  /** Accessors of auth methods by their paths. */
  readonly accessors: Map<string, string>
  /** Ids of entities by their names. */
  readonly entities: Map<string, string>
  /** Ids of groups by their names. */
  readonly groups: Map<string, string>
  readonly #named: readonly (readonly [id: string, target: () => string | undefined])[]

  constructor(source: Snapshot, target: Snapshot) {
    this.accessors = new Map(target.authMounts.map(({ path, accessor }) => [path, accessor]))
    this.entities = new Map(target.entities.map(({ name, id }) => [name, id]))
    this.groups = new Map(target.groups.map(({ name, id }) => [name, id]))
    this.#named = [
      ...source.authMounts.map(
        ({ accessor, path }) => [accessor, () => this.accessors.get(path)] as const,
      ),
      ...source.entities.map(({ id, name }) => [id, () => this.entities.get(name)] as const),
      ...source.groups.map(({ id, name }) => [id, () => this.groups.get(name)] as const),
      // an empty text is in every template
    ].filter(([id]) => id !== '')
  }

  /**
   * A text with the ids in its templates replaced by those of the target. An id that the target does not have yet stays, and the template
   * allows nothing.
   */
  translate(text: string): string {
    return text.replace(/\{\{[^{}]*\}\}/g, template =>
      this.#named.reduce(
        (known, [id, target]) => known.replaceAll(id, () => target() ?? id),
        template,
      ),
    )
  }
}

/** @throws {Failure} if the step that makes it has failed */
export function requireId(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name)
  if (id !== undefined) return id
  throw new Failure(`${name} is not there, because an earlier step failed`)
}
