/** A number and its noun: "1 line", "2 lines". */
export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`

/** The verb for that number. */
export const areOf = (count: number): 'is' | 'are' => (count === 1 ? 'is' : 'are')
