/** A configuration of ssh with the line at the top, where nothing before it can decide otherwise. It ends up there once. */
export const withInclude = (text: string, line: string): string =>
  `${line}\n${withoutInclude(text, line)}`

/** A configuration of ssh without the line. */
export const withoutInclude = (text: string, line: string): string =>
  text
    .split('\n')
    .filter(each => each.trim() !== line)
    .join('\n')
