import { scriptInAsset } from '../shared/script-in-asset.ts'
import type { runServer, runStorage } from './process/run-engine.ts'

/** Set by the build where the engine is a script of its own. */
declare const POSTERN_ENGINE: true | undefined

/** The name of that script among the assets of the program. */
export const ENGINE = 'ENGINE'

/** The name of V8's code cache of it: without, starting the server would take 50 ms more. */
export const ENGINE_CACHE = 'ENGINE_CACHE'

interface Engine {
  readonly runServer: typeof runServer
  readonly runStorage: typeof runStorage
}

/** Loads the code of the engine. In the built program it is a script of its own, which the command line does not read: it would take each command 8 ms. */
export const loadEngine = (): Promise<Engine> =>
  typeof POSTERN_ENGINE === 'undefined'
    ? import('./process/run-engine.ts')
    : Promise.resolve(scriptInAsset<Engine>(ENGINE, ENGINE_CACHE))
