import { until } from '../../support/until.ts'
import type { Node } from './cluster.ts'

/** Waits until an engine issues and redeems a password. */
export async function serves(node: Node): Promise<void> {
  const isServed = async () => {
    const { otp } = await node.issue()
    return (await node.verify(otp)).status === 200
  }
  await until(
    () => isServed().catch(() => false),
    () => `the engine does not serve:\n${node.log}`,
  )
}
