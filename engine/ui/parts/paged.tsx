import type { ComponentChildren } from '../preact.ts'
import { text } from '../text.ts'
import type { Pages } from '../use-pages.ts'
import { Loaded } from './loaded.tsx'

interface PagedProps<Row> {
  readonly of: Pages<Row>
  readonly children: (rows: readonly Row[]) => ComponentChildren
}

/** One page of a list, with buttons to those before and after it. */
export function Paged<Row>({ of: pages, children }: PagedProps<Row>) {
  const hasNext = pages.resource.state.value.value?.next !== undefined
  return (
    <>
      <Loaded of={pages.resource}>{({ rows }) => children(rows)}</Loaded>
      {(hasNext || !pages.isFirst) && (
        // a button that is disabled would lose the focus on the last page
        <p class="buttons pager">
          <button type="button" aria-disabled={pages.isFirst} onClick={pages.back}>
            {text.table.previous}
          </button>
          <button type="button" aria-disabled={!hasNext} onClick={pages.forward}>
            {text.table.next}
          </button>
        </p>
      )}
    </>
  )
}
