import { useMutation, useQueryClient } from '@tanstack/react-query'
import { AuthError, stepUpNeeded, useAuth, type StepUp } from 'evertoken'
import { protectedMutationFn, ResponseError } from 'evertoken/query'
import { useState } from 'react'
import type { Note } from '../../api/notes.ts'
import { auth } from '../auth.ts'
import { useDraft } from '../draft.tsx'
import { API } from './api-view.ts'

const addNote = protectedMutationFn<string, Note>(auth, (text) => [
  `${API}/notes`,
  {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  },
])

/** A form that is half filled when the session ends. What was typed stays, and what was sent goes out when its user is back. */
export function NoteForm({ sub }: { sub: string }) {
  const { status } = useAuth()
  const queryClient = useQueryClient()
  const { text, write, saved } = useDraft(sub)
  const save = useMutation({
    mutationFn: addNote,
    onSuccess: async (_, sent) => {
      saved(sent)
      await queryClient.invalidateQueries({ queryKey: ['notes'] })
    },
  })
  const { error } = save
  const stepUp = error instanceof ResponseError ? stepUpNeeded(error.response) : undefined
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(text)
      }}
    >
      <label className="draft">
        A half-filled form
        <span className="field">
          <input
            placeholder="Type something, then revoke the session"
            data-testid="draft"
            maxLength={200}
            required
            value={text}
            onChange={({ target }) => write(target.value)}
          />
          <button disabled={save.isPending}>Save</button>
        </span>
      </label>
      <div role="status" data-testid="saving">
        {save.isPending && (
          <p className="note">
            {status === 'signed-in' ? 'Saving …' : 'Waits until you have signed in again.'}
          </p>
        )}
        {stepUp && <Confirm stepUp={stepUp} then={() => save.mutate(text)} />}
        {error && !stepUp && <p className="notice bad">{error.message}</p>}
      </div>
    </form>
  )
}

/** The API wants more than this session has: a sign-in in a popup, and the same call again. */
function Confirm({ stepUp, then }: { stepUp: StepUp; then: () => void }) {
  const [failed, setFailed] = useState<string>()
  const confirm = async () => {
    setFailed(undefined)
    try {
      await auth.signIn({ ...stepUp, mode: 'popup' })
      then()
    } catch (error) {
      setFailed(error instanceof AuthError ? error.code : String(error))
    }
  }
  return (
    <>
      <p className="notice">
        The API wants you to confirm who you are, not longer than {(stepUp.maxAge ?? 0) / 60}{' '}
        minutes ago (<code>{stepUp.acrValues?.split(':').at(-1)}</code>).{' '}
        {failed && <>That did not happen: {failed}.</>}
      </p>
      <p className="row">
        <button type="button" onClick={() => void confirm()}>
          Confirm in a popup
        </button>
      </p>
    </>
  )
}
