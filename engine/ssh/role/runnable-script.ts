/**
 * A custom script with a first line that hosts understand: without blank lines before `#!`, as in Vault's own script, and without
 * carriage returns. The role keeps the script as it was written.
 */
export const runnableScript = (script: string): string =>
  script.replaceAll('\r\n', '\n').replace(/^[ \t\n]*(?=#!)/, '')
