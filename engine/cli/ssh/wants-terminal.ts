import { optionOf, split } from './ssh-arguments.ts'

/** `RequestTTY` of ssh_config, as the arguments set it. */
type Request = 'force' | 'yes' | 'no' | 'auto'

/** Whether ssh will ask the host for a terminal. What ssh_config says about it is not read. */
export function wantsTerminal(words: readonly string[], stdinIsTerminal: boolean): boolean {
  const { flags, hasCommand } = split(words)
  // neither a shell nor a command is run
  if (flags.some(({ letter }) => 'NWs'.includes(letter))) return false
  const request = requested(flags)
  if (request === 'force') return true
  // -n and -f take stdin from /dev/null
  if (!stdinIsTerminal || flags.some(({ letter }) => 'nf'.includes(letter))) return false
  return request === 'yes' || (request === 'auto' && !hasCommand)
}

function requested(flags: ReturnType<typeof split>['flags']): Request {
  const letters = flags.map(({ letter }) => letter).filter(letter => 'tT'.includes(letter))
  if (letters.at(-1) === 'T') return 'no'
  if (letters.length > 0) return letters.length - letters.lastIndexOf('T') > 2 ? 'force' : 'yes'
  const option = flags
    .filter(({ letter }) => letter === 'o')
    .map(({ value }) => optionOf(value))
    .find(({ name }) => name === 'requesttty')
  const value = option?.value.toLowerCase()
  return value === 'force' || value === 'yes' || value === 'no' ? value : 'auto'
}
