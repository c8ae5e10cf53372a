import { qrModules } from '../../../shared/qr-modules.ts'

interface QrCodeProps {
  readonly value: string
  /** What it contains, for those who cannot see it. */
  readonly label: string
}

/** Light modules around the code; a reader needs four. */
const QUIET = 4

/** A QR code, dark on light in every theme. */
export function QrCode({ value, label }: QrCodeProps) {
  const modules = qrModules(value, QUIET)
  const size = modules.length
  const path = modules.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
  )
  return (
    <svg class="code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path.join('')} fill="#000" shape-rendering="crispEdges" />
    </svg>
  )
}
