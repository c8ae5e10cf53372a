import { type Signal, useEffect, useSignal } from './preact.ts'
import { type Resource, useResource } from './use-resource.ts'

/** Rows that the server gives at once. */
export interface Batch<Row> {
  readonly rows: readonly Row[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined
}

/** A list that the server pages: one page, and the way to those beside it. */
export interface Pages<Row> {
  readonly resource: Resource<Batch<Row>>
  readonly isFirst: boolean
  forward(): void
  back(): void
}

/** Reads a list page by page; another key, such as another search, begins with the first page. */
export function usePages<Row>(
  key: string,
  read: (after: string | undefined, signal: AbortSignal) => Promise<Batch<Row>>,
): Pages<Row> {
  const begins: Signal<readonly string[]> = useSignal<readonly string[]>([])
  useEffect(() => {
    begins.value = []
  }, [key])
  const after = begins.value.at(-1)
  const resource = useResource(JSON.stringify([key, after]), signal => read(after, signal))
  return {
    resource,
    isFirst: begins.value.length === 0,
    forward() {
      const next = resource.state.peek().value?.next
      // a second click, before the page has come, is none
      if (next !== undefined && next !== begins.peek().at(-1))
        begins.value = [...begins.peek(), next]
    },
    back() {
      begins.value = begins.peek().slice(0, -1)
    },
  }
}
