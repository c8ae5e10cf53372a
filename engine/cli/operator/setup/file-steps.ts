import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { packagedFile } from '../../../../shared/packaged-file.ts'
import {
  issueServerCertificate,
  makeAuthority,
  newPrivateKey,
} from '../../../x509/private-authority.ts'
import { engineToml } from './engine-toml.ts'
import type { Installation } from './installation.ts'
import { sealKey, sealKeyPlaceOf } from './seal-key-step.ts'
import { createUser, idsOf, requireUser } from './service-user.ts'
import { PATHS, SERVICE_USER } from './setup-paths.ts'
import { permittedBy, type SetupPlan, tlsFilesOf } from './setup-plan.ts'
import type { SetupStep } from './setup-step.ts'

/** The steps that create the user, the folders and the files of the engine. */
export const fileSteps = (plan: SetupPlan, installation: Installation): readonly SetupStep[] => [
  user(installation),
  folders(plan, installation),
  ...(plan.tls ? [] : [authority(plan, installation), certificate(plan, installation)]),
  sealKey(plan, installation),
  configuration(plan, installation),
]

const user = (installation: Installation): SetupStep => ({
  name: 'service user',
  what: `create the user ${SERVICE_USER}, who cannot log in`,
  isDone: () => idsOf(SERVICE_USER) !== undefined,
  run() {
    installation.reach('creating the user')
    createUser(SERVICE_USER, PATHS.storage)
    return undefined
  },
})

const folders = ({ tls }: SetupPlan, installation: Installation): SetupStep => ({
  name: 'folders',
  what: `create ${PATHS.etc}, ${PATHS.storage}, ${PATHS.log} and ${PATHS.backups}`,
  isDone: () => installation.has('folders created'),
  run() {
    const own = requireUser(SERVICE_USER)
    installation.folder(PATHS.etc, { mode: 0o750, gid: own.gid })
    if (!tls) installation.folder(PATHS.authorityFolder, { mode: 0o700 })
    installation.folder(PATHS.storage, { mode: 0o700, ...own })
    installation.folder(PATHS.log, { mode: 0o750, ...own })
    installation.folder(PATHS.backups, { mode: 0o700, ...own })
    installation.reach('folders created')
    return undefined
  },
})

/** The key comes first: a certificate without its key would be useless. */
const authority = (plan: SetupPlan, installation: Installation): SetupStep => ({
  name: 'private CA',
  what: `create a CA, valid for ten years and for the names of this machine alone, in ${PATHS.authorityFolder}`,
  isDone: () => [PATHS.authorityKey, PATHS.authority].every(each => installation.isInstalled(each)),
  run() {
    installation.install(PATHS.authorityKey, newKey(), { mode: 0o600 })
    const made = makeAuthority({
      name: `Postern CA of ${new URL(plan.apiAddress).hostname}`,
      key: keyIn(PATHS.authorityKey),
      permitted: permittedBy(plan),
      now: new Date(),
    })
    installation.install(PATHS.authority, made, { mode: 0o644 })
    return undefined
  },
})

const certificate = (plan: SetupPlan, installation: Installation): SetupStep => ({
  name: 'server certificate',
  what: `issue a certificate for ${[...plan.names, ...plan.addresses].join(', ')}`,
  isDone: () => [PATHS.key, PATHS.certificate].every(each => installation.isInstalled(each)),
  run() {
    const { gid } = requireUser(SERVICE_USER)
    installation.install(PATHS.key, newKey(), { mode: 0o640, gid })
    const made = issueServerCertificate({
      ...plan,
      authority: readFileSync(PATHS.authority, 'utf8'),
      authorityKey: keyIn(PATHS.authorityKey),
      key: keyIn(PATHS.key),
      now: new Date(),
    })
    installation.install(PATHS.certificate, made, { mode: 0o644 })
    return undefined
  },
})

const newKey = () => newPrivateKey().export({ type: 'pkcs8', format: 'pem' }).toString()

const keyIn = (file: string) => createPrivateKey(readFileSync(file))

const configuration = (plan: SetupPlan, installation: Installation): SetupStep => ({
  name: 'configuration',
  what: `write ${PATHS.config}: ${plan.apiAddress}, listening on ${plan.listen}, audit log in ${PATHS.log}`,
  isDone: () => installation.isInstalled(PATHS.config),
  run() {
    const { gid } = requireUser(SERVICE_USER)
    const text = engineToml({
      ...plan,
      tls: tlsFilesOf(plan),
      sealKeyPlace: sealKeyPlaceOf(plan, installation),
    })
    // a package installs the sample
    const replaces = packagedFile('config/engine.toml')
    installation.install(PATHS.config, text, { mode: 0o640, gid, replaces })
    return undefined
  },
})
