/**
 * Milliseconds of processor time that `work` takes, of this process and all its threads.
 * Unlike the time of a clock, it does not grow with what else the machine does.
 */
export async function processorTime(work: () => unknown): Promise<number> {
  const begun = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}
