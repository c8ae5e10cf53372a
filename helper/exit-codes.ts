/** The exit codes of the helper, and what they mean. To sshd, all codes other than 0 are the same. */
export const EXIT_CODES = {
  allowed: { code: 0, meaning: 'the login is allowed' },
  denied: {
    code: 1,
    meaning: 'denied: the password is not valid for this login; doctor: a warning',
  },
  stack: {
    code: 2,
    meaning:
      '-verify-only: the engine answers, but sshd or its PAM stack is wrong; setup -diff: there is something to do; doctor: a failure',
  },
  manual: {
    code: 3,
    meaning: 'enroll, setup: a file cannot be changed; add the lines that are printed to it',
  },
  trial: {
    code: 4,
    meaning: 'setup: a trial failed, or no administrator has a key; nothing has changed for logins',
  },
  waiting: { code: 5, meaning: 'setup: done, and waiting for setup -confirm in a new login' },
  usage: { code: 64, meaning: 'denied: wrong flags, or not called by PAM' },
  input: { code: 65, meaning: 'denied: what was typed is not a one-time password; not sent' },
  unavailable: { code: 69, meaning: 'denied: no engine could be reached, or it failed' },
  bug: { code: 70, meaning: 'denied: an error inside the helper' },
  deadline: { code: 75, meaning: 'denied: no answer before the deadline, or ended by a signal' },
  protocol: { code: 76, meaning: 'denied: the reply of the engine is not valid' },
  environment: { code: 77, meaning: 'denied: the environment could change what the helper does' },
  settings: { code: 78, meaning: 'denied: the configuration is missing, wrong or unsafe' },
} as const

export type ExitReason = keyof typeof EXIT_CODES
