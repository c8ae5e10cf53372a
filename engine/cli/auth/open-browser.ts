import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import { system } from '../system.ts'

/** Opens a page in the browser, if there is one. @throws {Error} if its program cannot be started */
export async function openBrowser(url: string, environment: CliIo['environment']): Promise<void> {
  const [program = '', ...words] = system.openPage
  const env = childEnvironment(environment)
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true, env })
  child.unref()
  await once(child, 'spawn')
}
