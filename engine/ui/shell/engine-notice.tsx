import { engineState } from '../api/engine-state.ts'
import { Notice } from '../parts/notice.tsx'
import { text } from '../text.ts'

/** Why the engine can serve nothing now, above what the page shows. */
export function EngineNotice() {
  const state = engineState.value
  if (state === 'serving') return null
  const { title, text: explanation } = text.engine[state]
  return (
    <Notice kind="bad" title={title}>
      {explanation}
    </Notice>
  )
}
