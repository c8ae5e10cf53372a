import { check } from '../check.ts'

export const echo = check({
  name: 'echo',
  text: 'That the engine answers the health check of a login with its echo, within the deadline.',
  dependsOn: ['signature', 'host-key'],
  causes: {
    refused: 'The engine refuses the health check.',
    late: 'The engine does not answer before the deadline.',
  },
  run: async context => {
    const { refusal, engine } = await context.engine()
    if (refusal === undefined) return undefined
    return /in time/.test(refusal)
      ? {
          ...{ level: 'failure', cause: 'late' },
          says: `${engine.name} does not answer within the deadline of ${context.config.deadline / 1000}s`,
          mend: 'systemctl status postern   # on the engine: what keeps it busy?',
        }
      : {
          ...{ level: 'failure', cause: 'refused' },
          says: `${engine.name}: ${refusal}`,
          mend: 'journalctl -u postern -n 50   # on the engine',
        }
  },
})
