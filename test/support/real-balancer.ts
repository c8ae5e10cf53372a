import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { until } from './until.ts'

/** The folder with nginx and HAProxy of Debian; they are fetched where they are missing. */
export const balancers = (): string =>
  execFileSync(join(import.meta.dirname, 'balancers'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()

interface Balancer {
  readonly program: 'nginx' | 'haproxy'
  /** Its configuration. */
  readonly file: string
  /** Where it listens. */
  readonly port: number
}

/** Starts one, and waits until it listens. It ends when it is disposed of. */
export async function startBalancer(
  root: string,
  { program, file, port }: Balancer,
): Promise<AsyncDisposable> {
  const libraries = join(root, 'usr/lib')
  const LD_LIBRARY_PATH = readdirSync(libraries)
    .map(each => join(libraries, each))
    .join(':')
  const words = program === 'nginx' ? ['-c', file, '-e', 'stderr'] : ['-db', '-f', file]
  const child = spawn(join(root, 'usr/sbin', program), words, {
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await until(
    () => listens(port),
    () => `${program} does not listen`,
  )
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
