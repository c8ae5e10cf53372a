import { lookup } from 'node:dns/promises'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, isIP } from 'node:net'
import { packagedFile } from '../../../../shared/packaged-file.ts'
import { systemReason } from '../../../../shared/system-reason.ts'
import { authorityWarnings } from '../../../config/authority-warnings.ts'
import { certificateWarnings } from '../../../config/certificate-warnings.ts'
import { readTls } from '../../../config/read-tls.ts'
import { parseBindAddress } from '../../../http/bind-address.ts'
import type { Installation } from './installation.ts'
import { tryProgram } from './run-program.ts'
import { idsOf } from './service-user.ts'
import { PATHS, SERVICE_USER } from './setup-paths.ts'
import type { SetupPlan } from './setup-plan.ts'
import { unsafePath } from './unsafe-path.ts'

/** What is in the way of a set-up. */
export interface Obstacle {
  readonly problem: string
  readonly remedy: string
  /** The set-up can go on. */
  readonly isWarning?: true
}

/** What is in the way, before anything is changed; the worst first. */
export async function preflight(
  plan: SetupPlan,
  installation: Installation,
  isRunning: boolean,
): Promise<readonly Obstacle[]> {
  const found = [
    ...notRoot(),
    ...openToOthers(plan),
    ...foreignFiles(installation),
    ...foreignStorage(installation),
    ...noUserProgram(),
    ...(isRunning ? [] : await portInUse(plan)),
    ...(await tlsProblems(plan)),
    ...(await unknownName(plan)),
  ]
  return found.toSorted((a, b) => Number(a.isWarning ?? false) - Number(b.isWarning ?? false))
}

const notRoot = (): readonly Obstacle[] =>
  process.geteuid?.() === 0
    ? []
    : [{ problem: 'this user is not root', remedy: 'run the same command with sudo' }]

/** Root runs this program by a timer, and trusts what is in the folder. */
function openToOthers({ self, hasSystemd }: SetupPlan): readonly Obstacle[] {
  const [program = ''] = self
  const home = /^\/(?:home|root|run\/user)\//.exec(program)
  if (hasSystemd && home)
    return [
      {
        problem: `this program is in ${home[0]}, which its service cannot see`,
        remedy: `install -m 755 ${program} /usr/local/bin/postern, and run that one`,
      },
    ]
  return [program, PATHS.etc]
    .map(unsafePath)
    .filter(path => path !== undefined)
    .map(path => ({
      problem: `other users than root can change ${path}`,
      remedy: `chown root: ${path} && chmod go-w ${path}; or install the program as /usr/local/bin/postern, and run that one`,
    }))
}

const FILES = [
  ...[PATHS.authorityKey, PATHS.authority, PATHS.key, PATHS.certificate],
  ...[PATHS.sealKey, PATHS.encryptedSealKey],
]

function foreignFiles(installation: Installation): readonly Obstacle[] {
  const files = FILES.filter(installation.isForeign).map(file => ({
    problem: `${file} is there, and this command has not made it`,
    remedy: `mv ${file} ${file}.old; or name your own files with -tls-cert, -tls-key and -tls-ca`,
  }))
  const { config } = PATHS
  if (!installation.isForeign(config)) return files
  if (readFileSync(config, 'utf8') === packagedFile('config/engine.toml')) return files
  return [
    ...files,
    {
      problem: `${config} has been changed by hand, and would be replaced`,
      remedy: `mv ${config} ${config}.old; or go on by hand: docs/install-engine.md`,
    },
  ]
}

function foreignStorage(installation: Installation): readonly Obstacle[] {
  const { storage } = PATHS
  if (installation.has('initializing') || installation.has('initialized')) return []
  if (!existsSync(storage) || readdirSync(storage).length === 0 || !installation.isEmpty) return []
  return [
    {
      problem: `${storage} is not empty: an engine has stored something there`,
      remedy: `mv ${storage} ${storage}.old; or go on by hand: docs/install-engine.md`,
    },
  ]
}

const noUserProgram = (): readonly Obstacle[] =>
  idsOf(SERVICE_USER) || tryProgram('useradd', '--help') !== undefined
    ? []
    : [
        {
          problem: `the user ${SERVICE_USER} does not exist, and there is no useradd to create it`,
          remedy: `create a system user and a group ${SERVICE_USER}`,
        },
      ]

async function portInUse({ listen }: SetupPlan): Promise<readonly Obstacle[]> {
  const { host, port } = parseBindAddress(listen)
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
  server.once('error', resolve)
  server.listen({ port, host }, () => resolve(undefined))
  const error = await promise
  server.close()
  if (!error) return []
  return [
    {
      problem: `${listen} cannot be used: ${error.code === 'EADDRINUSE' ? 'another program listens there' : systemReason(error)}`,
      remedy: `find it with: ss -ltnp 'sport = :${port}'; or choose another address with -listen`,
    },
  ]
}

async function tlsProblems({ tls, apiAddress }: SetupPlan): Promise<readonly Obstacle[]> {
  if (!tls) return []
  const files = { certificateFile: tls.certificate, keyFile: tls.key, minVersion: 'tls12' as const }
  try {
    const read = await readTls({ tls: files, tlsCaFile: tls.authority })
    const { certificate = '' } = read.tls ?? {}
    const { authority = '' } = read
    const now = new Date()
    const found = [
      ...certificateWarnings({ certificate, file: tls.certificate, apiAddress }, now),
      ...authorityWarnings({ authority, file: tls.authority, certificate }, now),
    ]
    return found.map(problem => ({ problem, remedy: OTHER_FILES }))
  } catch (error) {
    return [{ problem: (error as Error).message, remedy: OTHER_FILES }]
  }
}

const OTHER_FILES = 'pass other files with -tls-cert, -tls-key and -tls-ca'

async function unknownName({ apiAddress }: SetupPlan): Promise<readonly Obstacle[]> {
  const name = new URL(apiAddress).hostname.replace(/^\[|\]$/g, '')
  if (isIP(name)) return []
  const isKnown = await lookup(name).then(
    () => true,
    () => false,
  )
  if (isKnown) return []
  return [
    {
      problem: `the name ${name} has no address, so hosts and clients will not find the engine`,
      remedy: 'add it to the DNS; or name this machine with -name=NAME or -name=ADDRESS',
      isWarning: true,
    },
  ]
}
