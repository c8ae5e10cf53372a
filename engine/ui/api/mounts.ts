import { signal } from '../preact.ts'
import { ask, atSessionEnd } from '../session.ts'

/** Paths of the SSH mounts that the user can see, without a slash at the end. */
export const sshMounts = signal<readonly string[]>([])

/** What the token may do on the paths that the page has asked for. */
const capabilities = signal<Readonly<Record<string, readonly string[]>>>({})

atSessionEnd(() => {
  sshMounts.value = []
  capabilities.value = {}
})

/** Reads the mounts, and what the token may do on what the menu leads to. @throws {ApiFailure} */
export async function readMounts(): Promise<void> {
  const { data } = await ask('sys/internal/ui/mounts')
  const secret = Object.entries(data.secret as Readonly<Record<string, { readonly type: string }>>)
  const found = secret.filter(([, { type }]) => type === 'ssh').map(([path]) => path.slice(0, -1))
  await readCapabilities([
    ...found.flatMap(mount =>
      ['hosts', 'certs', 'roles', 'issuers'].flatMap(each => [
        `${mount}/${each}`,
        `${mount}/${each}/`,
      ]),
    ),
    ...found.map(mount => `${mount}/explain`),
    ...['sys/audit', 'sys/activity'],
  ])
  sshMounts.value = found
}

/** Asks what the token may do on paths. @throws {ApiFailure} */
export async function readCapabilities(paths: readonly string[]): Promise<void> {
  const { data } = await ask('sys/capabilities-self', { method: 'POST', data: { paths } })
  capabilities.value = { ...capabilities.peek(), ...data }
}

/** Whether the token may do something on a path whose capabilities were read. */
export function may(capability: string, path: string): boolean {
  const known = capabilities.value[path] ?? []
  return known.includes(capability) || known.includes('root')
}

/** Whether the token may list a path, which policies write with a slash at the end or without. */
export const mayList = (path: string): boolean => may('list', path) || may('list', `${path}/`)
