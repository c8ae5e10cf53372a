import { recoveries } from './api/engine-state.ts'
import { type Signal, useEffect, useSignal } from './preact.ts'

/** Something that is read from the engine: the last value stays while it is read again. */
export interface Resource<Value> {
  readonly state: Signal<{
    readonly value?: Value
    readonly error?: Error
    readonly loading: boolean
  }>
  reload(): void
}

/**
 * Reads something now, and again when its key changes, or when the engine serves again after it could not be read. What arrives for an older
 * key is ignored.
 */
export function useResource<Value>(
  key: string,
  read: (signal: AbortSignal) => Promise<Value>,
): Resource<Value> {
  const state = useSignal<{ value?: Value; error?: Error; loading: boolean }>({ loading: true })
  const turn = useSignal(0)
  useEffect(() => {
    const stopped = new AbortController()
    state.value = { ...state.peek(), loading: true }
    read(stopped.signal).then(
      value => {
        if (!stopped.signal.aborted) state.value = { value, loading: false }
      },
      error => {
        if (!stopped.signal.aborted) state.value = { error, loading: false }
      },
    )
    return () => stopped.abort()
  }, [key, turn.value])
  useEffect(() => {
    if (state.peek().error) turn.value++
  }, [recoveries.value])
  return {
    state,
    reload() {
      turn.value++
    },
  }
}
