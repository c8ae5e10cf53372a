/** The text of a shell script that stands in a template, where `@{` is written for the shell's own opening of a parameter. */
export const shellText = (text: string): string => text.replaceAll('@{', '$\u007b')
