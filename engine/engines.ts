import type { Engine } from './api/engine.ts'
import { approle } from './auth/approle/engine.ts'
import { jwt } from './auth/jwt/engine.ts'
import { userpass } from './auth/userpass/engine.ts'
import type { Core } from './core/core.ts'
import { cubbyholes } from './cubbyhole/engine.ts'
import { identity } from './identity/engine.ts'
import type { HostSessions } from './ssh/dynamic/host-sessions.ts'
import { ssh } from './ssh/engine.ts'
import type { OtpWaits } from './ssh/otp/otp-waits.ts'
import { system } from './sys/engine.ts'
import { tokens } from './sys/token/engine.ts'

/** All engines that can be mounted. */
export const engines = (
  core: Core,
  sessions: HostSessions,
  waits?: OtpWaits,
): readonly Engine[] => [
  ssh(sessions, waits),
  system(core),
  tokens(core),
  userpass(),
  approle,
  jwt('jwt'),
  jwt('oidc'),
  cubbyholes,
  identity(accessor => core.mounts.all.find(mount => mount.accessor === accessor)),
]
