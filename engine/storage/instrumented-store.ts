import type { Store } from './store.ts'

/** The same store, which reports how many seconds each operation took. Disposing of it disposes of the store. */
export function instrumented(
  store: Store,
  took: (operation: string, seconds: number) => void,
): Store {
  async function timed<T>(operation: string, work: Promise<T>): Promise<T> {
    const begun = performance.now()
    try {
      return await work
    } finally {
      took(operation, (performance.now() - begun) / 1000)
    }
  }
  return {
    get: key => timed('get', store.get(key)),
    list: (prefix, page) => timed('list', store.list(prefix, page)),
    ...(store.time && { time: store.time.bind(store) }),
    commit: batch => timed('commit', store.commit(batch)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
