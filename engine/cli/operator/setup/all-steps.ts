import type { JsonObject } from '../../envelope.ts'
import { askRootToken } from './ask-administrator.ts'
import { engineClients } from './engine-client.ts'
import { fileSteps } from './file-steps.ts'
import { type Administrator, firstSteps } from './first-steps.ts'
import type { Installation } from './installation.ts'
import { serviceSteps } from './service-steps.ts'
import type { SetupCall } from './setup-flags.ts'
import type { SetupPlan } from './setup-plan.ts'
import type { SetupStep } from './setup-step.ts'

export interface SetupParts {
  readonly call: SetupCall
  readonly plan: SetupPlan
  readonly installation: Installation
}

interface Asked {
  /** Undefined if it has been created by an earlier run. */
  readonly administrator: Administrator | undefined
  /** Shows the keys that only this run has. */
  readonly show: (keys: JsonObject) => Promise<void>
}

/** All steps of a set-up, in their order. */
export function allSteps(
  { call, plan, installation }: SetupParts,
  { administrator, show }: Asked,
): readonly SetupStep[] {
  const { 'recovery-shares': shares, 'recovery-threshold': threshold } = call.flags
  const client = engineClients(plan, call.connect)
  return [
    ...fileSteps(plan, installation),
    ...serviceSteps(plan, installation, client()),
    ...firstSteps({
      ...{ installation, client, administrator, show },
      quorum: { shares, threshold },
      askRootToken: () => askRootToken(call),
    }),
  ]
}
