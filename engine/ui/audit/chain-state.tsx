import { Notice } from '../parts/notice.tsx'
import { text } from '../text.ts'
import type { AuditPart } from './audit-part.ts'

const words = text.audit

const KINDS = { verified: 'good', verifying: 'info', broken: 'bad', unknown: 'info' } as const

/** Whose file was searched, and how far its chain of signatures is verified. */
export function ChainState({ part: { file, process, chain } }: { readonly part: AuditPart }) {
  const { state, lines, problem } = chain
  return (
    <Notice kind={KINDS[state] ?? 'info'} title={words.chain[state](lines)}>
      {problem && <p>{problem}</p>}
      {words.whose(file, process.node, process.pid)}
    </Notice>
  )
}
