import { useAuth, useSessionDeadline, type SessionDeadline } from 'evertoken'
import { useId, useLayoutEffect, useRef, useState } from 'react'

/** A warning before the session ends, and a button to go on. Beside the app's content, once. */
export function SessionEnd() {
  const deadline = useSessionDeadline()
  return deadline.status === 'ending' ? <Warning {...deadline} /> : null
}

type Ending = Extract<SessionDeadline, { status: 'ending' }>

/** Put away by the user, it does not come back while this end nears. */
function Warning(ending: Ending) {
  const [isHidden, setHidden] = useState(false)
  return isHidden ? null : <WarningDialog ending={ending} onHide={() => setHidden(true)} />
}

function WarningDialog({ ending, onHide }: { ending: Ending; onHide(): void }) {
  const { secondsLeft, extendable, extend } = ending
  const { signOut } = useAuth()
  const [problem, setProblem] = useState('')
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()

  // Modal: the focus goes to the first button and stays among them; as it closes it goes back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])

  const stay = () => {
    setProblem('')
    extend().catch((error: Error) => setProblem(error.message))
  }
  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      // Escape means what the first button does.
      onCancel={(event) => {
        event.preventDefault()
        if (extendable) stay()
        else onHide()
      }}
    >
      <h2 id={`${id}-title`}>Your session is about to end</h2>
      <p id={`${id}-text`}>
        You will be signed out in {/* A timer is no live region: it is not read out each second. */}
        <span role="timer">{secondsLeft}</span> seconds.
      </p>
      {extendable ? (
        <button onClick={stay}>Stay signed in</button>
      ) : (
        <button onClick={onHide}>I will save my work</button>
      )}
      <button onClick={() => void signOut()}>Sign out</button>
      <p role="status">{problem}</p>
    </dialog>
  )
}
