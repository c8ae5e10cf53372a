/** `14:03:07` today, else with the date, in the zone of the reader. */
export function clockTime(moment: Date, now = new Date()): string {
  const time = moment.toLocaleTimeString('en-GB')
  return moment.toDateString() === now.toDateString()
    ? time
    : `${moment.toLocaleDateString('en-CA')} ${time}`
}

/** The same of a time of the API; undefined where it has none. */
export const timeOf = (iso: string | null | undefined): string | undefined =>
  iso ? clockTime(new Date(iso)) : undefined

/** `1:02:03`, or `2:03` within the hour. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const two = (number: number) => String(number).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const

/** `3 d`, `2 h`, `5 min` or `12 s`, rounded down. */
export function age(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}
