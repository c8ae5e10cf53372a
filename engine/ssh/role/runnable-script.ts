/**
 * A script of an administrator's as it must be for its first line to count: Vault's own began with an empty one, and an editor on another
 * system ends lines in its own way. What stands in the role stays as it was written.
 */
export const runnableScript = (script: string): string =>
  script.replaceAll('\r\n', '\n').replace(/^[ \t\n]*(?=#!)/, '')
