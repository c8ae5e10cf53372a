import { setTimeout as delay } from 'node:timers/promises'
import { signalTree } from '../support/process-tree.ts'
import type { Node } from '../system/cluster/cluster.ts'
import { asked } from './asked.ts'
import { type Disturbance, startAgain } from './site.ts'

/** Milliseconds in which an engine is killed that starts: it may have listened by then, or not. */
const LONGEST_START = 600

/** What may happen to an engine, whatever its storage: to one of the nodes, at random. */
export function engineDisturbances(nodes: readonly Node[]): Readonly<Record<string, Disturbance>> {
  /** Kills one that has been prepared for it, and starts it again. */
  const killing =
    (prepare: (node: Node, random: () => number) => Promise<unknown>): Disturbance =>
    async random => {
      const node = oneOf(nodes, random)
      await prepare(node, random)
      const since = performance.now()
      await kill(node)
      await startAgain(node)
      return { since }
    }
  return {
    'engine killed': killing(async () => undefined),
    'engine killed, and again in its start': killing(async (node, random) => {
      await kill(node)
      const started = node.start().catch(() => undefined)
      await delay(random() * LONGEST_START)
      await kill(node)
      await started
    }),
    'engine killed while it stops': killing(async (node, random) => {
      node.signal('SIGTERM')
      await delay(random() * 60)
    }),
    'engine killed while keys are rotated': killing(async (node, random) => {
      void asked(node, 'POST', 'sys/rotate')
      await delay(random() * 30)
    }),
    'engine paused': async random => {
      const { pid } = oneOf(nodes, random)
      signalTree(pid, 'SIGSTOP')
      await delay(100 + random() * 900)
      const since = performance.now()
      signalTree(pid, 'SIGCONT')
      return { since }
    },
  }
}

/** Kills all processes of an engine. */
async function kill(node: Node): Promise<void> {
  if (!node.isRunning) return
  signalTree(node.pid, 'SIGKILL')
  await node.stop('SIGKILL')
}

export const oneOf = <T>(list: readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)] as T
