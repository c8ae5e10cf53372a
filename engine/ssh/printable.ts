/** Whether a text has control characters, which hide what else it says. */
export const isControlled = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x1f\x7f-\x9f]/.test(text)
