import type { HostCommand } from './host-command.ts'

const COMMON = {
  'config=FILE': 'settings; /etc/postern/helper.toml if left out',
  dev: 'allows http:// and tls_skip_verify, for trying things out',
  help: 'prints this',
}

/** The help of one command. */
export function commandHelp(
  name: string,
  {
    text,
    flags,
    switches = {},
    examples,
  }: Pick<HostCommand, 'text' | 'flags' | 'switches' | 'examples'>,
): string {
  const own = Object.entries(flags).map(([flag, [value, what]]) => [`${flag}=${value}`, what])
  const rows = [...own, ...Object.entries(switches), ...Object.entries(COMMON)]
  const width = Math.max(...rows.map(([flag = '']) => flag.length))
  return [
    `Usage: postern-helper ${name} [flags]`,
    text,
    `Flags, with one dash or two:\n${rows.map(([flag = '', what = '']) => `  -${flag.padEnd(width)}  ${what}`).join('\n')}`,
    `Examples:\n${examples.map(example => `  ${example}`).join('\n')}`,
  ].join('\n\n')
}
