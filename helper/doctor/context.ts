import { parseSshdSettings, type SshdSettings } from '../commands/sshd-settings.ts'
import { type Config, readConfig } from '../config.ts'
import { type Flags, parseFlags, USUAL_CONFIG } from '../flags.ts'
import { Refusal } from '../refusal.ts'
import { bestOf, type EngineState, engineStates } from './engines.ts'
import type { HostView } from './host-view.ts'
import { type SshdLine, sshdLines } from './sshd-lines.ts'
import { examineStack, type Stack } from './stack.ts'

/** What sshd says about its settings. */
export interface Sshd {
  /** Empty if it does not say. */
  readonly settings: SshdSettings
  /** As it printed them: of some there are several. */
  readonly text: string
  /** Why it does not say. */
  readonly problem: string | undefined
}

interface ContextOptions {
  readonly host: HostView
  /** Undefined: the one that the PAM stack names. */
  readonly configFile: string | undefined
  readonly dev: boolean
  /** Milliseconds since 1970. */
  readonly time?: () => number
}

/** What checks look at. Each part is found out once, when the first check asks for it. */
export class Context {
  readonly host: HostView
  readonly dev: boolean
  readonly time: () => number
  /** Figures for monitoring, by the names of their metrics. */
  readonly measures = new Map<string, number>()
  readonly #given: string | undefined
  readonly #kept = new Map<string, unknown>()

  constructor({ host, configFile, dev, time = () => Date.now() }: ContextOptions) {
    this.host = host
    this.dev = dev
    this.time = time
    this.#given = configFile
  }

  /** The file that was named, or that the helper in the PAM stack uses. */
  get configFile(): string {
    return this.#given ?? this.lineFlags?.config ?? USUAL_CONFIG
  }

  /** The flags in the helper's PAM line; undefined if there is none, or they are wrong. */
  get lineFlags(): Flags | undefined {
    return this.#once('flags', () => {
      const { words } = this.stack.check
      try {
        return words && parseFlags(words)
      } catch (error) {
        if (error instanceof Refusal) return undefined
        throw error
      }
    })
  }

  /** @throws {Refusal} for every check that does not depend on `configuration` */
  get config(): Config {
    return this.#once('config', () => readConfig(this.configFile, { dev: this.dev }))
  }

  get sshd(): Sshd {
    return this.#once('sshd', () => {
      const { code, stdout, stderr } = this.host.run(['sshd', '-T'])
      if (code === 0)
        return { settings: parseSshdSettings(stdout), text: stdout, problem: undefined }
      const problem = stderr.trim().split('\n')[0] || 'it cannot be run'
      return { settings: new Map(), text: '', problem }
    })
  }

  /** The lines of sshd's configuration, in their order. */
  get sshdLines(): readonly SshdLine[] {
    return this.#once('lines', () => sshdLines(this.host))
  }

  get stack(): Stack {
    return this.#once('stack', () => examineStack(this.host, this.sshd.settings))
  }

  engines(): Promise<readonly EngineState[]> {
    return this.#once('engines', () => engineStates(this.config, this.time))
  }

  /** The engine that comes nearest to verifying a login. */
  async engine(): Promise<EngineState> {
    return bestOf(await this.engines())
  }

  #once<T>(name: string, find: () => T): T {
    if (!this.#kept.has(name)) this.#kept.set(name, find())
    return this.#kept.get(name) as T
  }
}
