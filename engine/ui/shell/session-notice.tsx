import { Notice } from '../parts/notice.tsx'
import { useEffect, useSignal } from '../preact.ts'
import { expire, renew, session } from '../session.ts'
import { text } from '../text.ts'

/** Milliseconds before the end of a session that it is mentioned. */
const MENTIONED = 5 * 60_000

/** That the session ends soon, with a button to prolong it. A session that is over is ended here. */
export function SessionNotice() {
  const now = useSignal(performance.now())
  const failure = useSignal<string | undefined>(undefined)
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now()
    }, 1_000)
    return () => clearInterval(timer)
  }, [])
  const expires = session.value?.expires ?? Number.POSITIVE_INFINITY
  const left = expires - now.value
  useEffect(() => {
    if (left <= 0) expire()
  }, [left <= 0])
  if (left > MENTIONED) return null
  const prolong = () =>
    renew().catch(error => {
      failure.value = error.message
    })
  return (
    <Notice kind="info" title={text.session.ends(Math.max(1, Math.ceil(left / 60_000)))}>
      {failure.value && <p>{failure}</p>}
      <button type="button" onClick={prolong}>
        {text.session.prolong}
      </button>
    </Notice>
  )
}
