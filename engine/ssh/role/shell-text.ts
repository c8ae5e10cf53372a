/** The text of a shell script in a template literal, with `@{` for the shell's `$` and brace. */
export const shellText = (text: string): string => text.replaceAll('@{', '$\u007b')
