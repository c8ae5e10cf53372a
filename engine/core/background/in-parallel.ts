/** Does `work` for every item, `width` at a time. @throws the first error, after all work has settled */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  // all workers share one iterator, so none is idle while there is work
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, worker))
  const failed = ends.find(end => end.status === 'rejected')
  if (failed) throw failed.reason
}
