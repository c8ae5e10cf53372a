import type { ComponentChildren } from '../preact.ts'
import { text } from '../text.ts'
import type { Resource } from '../use-resource.ts'
import { Notice } from './notice.tsx'

interface LoadedProps<Value> {
  readonly of: Resource<Value>
  readonly children: (value: Value) => ComponentChildren
}

/** What was read from the engine; until then that it is loading, or why it could not be read, with a way to try again. */
export function Loaded<Value>({ of, children }: LoadedProps<Value>) {
  const { value, error, loading } = of.state.value
  if (value !== undefined) return <div aria-busy={loading}>{children(value)}</div>
  if (loading || error === undefined)
    return (
      <p class="loading" role="status">
        {text.loading}
      </p>
    )
  return (
    <Notice kind="bad" title={text.failed}>
      <p>{error.message}</p>
      <button type="button" onClick={of.reload}>
        {text.retry}
      </button>
    </Notice>
  )
}
