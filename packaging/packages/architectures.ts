/** Processors that packages are made for, with their names in Debian's packages and in those of RPM. */
export const ARCHITECTURES = {
  x64: { deb: 'amd64', rpm: 'x86_64' },
  arm64: { deb: 'arm64', rpm: 'aarch64' },
} as const

export type Architecture = keyof typeof ARCHITECTURES
