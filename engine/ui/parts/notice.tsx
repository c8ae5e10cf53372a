import type { ComponentChildren } from '../preact.ts'

interface NoticeProps {
  readonly kind: 'good' | 'bad' | 'info'
  readonly title?: string
  readonly children?: ComponentChildren
}

/** A message in the page. A bad one is announced by screen readers at once. */
export const Notice = ({ kind, title, children }: NoticeProps) => (
  <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
    {title && <strong>{title}</strong>}
    {children && <div>{children}</div>}
  </div>
)
