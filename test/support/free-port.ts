import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type ListenOptions, type Server } from 'node:net'

/** Where we look: below the ports that the system gives to connections, and to servers that name none, as those may be taken at any time. */
const FIRST = 20_000
const [GIVEN] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t')
const END = Number(GIVEN) > FIRST ? Number(GIVEN) : 32_768

/**
 * A port of this machine that nobody listens on. It is given once, while this process runs, to whichever process asks: a program that is
 * started with it may take its time, and may be stopped and started again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END)
    // a name of the kernel, which ends with this process
    const claim = await listening({ path: `\0postern-port-${port}` })
    if (!claim) continue
    const server = await listening({ port, host: '127.0.0.1' })
    if (!server) {
      claim.close()
      continue
    }
    claim.unref()
    server.close()
    await once(server, 'close')
    return port
  }
}

/** A server, unless another one has its place. */
async function listening(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().listen(where)
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}
