import { spawn } from 'node:child_process'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import { system } from '../system.ts'

/** Opens a page in the browser, if there is one; its address is printed in any case. */
export function openBrowser(url: string, environment: CliIo['environment']): void {
  const [program = '', ...words] = system.openPage
  const env = childEnvironment(environment)
  const child = spawn(program, [...words, url], { stdio: 'ignore', detached: true, env })
  // no browser: the user opens the printed address
  child.on('error', () => {})
  child.unref()
}
