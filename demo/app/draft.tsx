import { useState } from 'react'

/** A text that an expired session must not lose. As in an app it is kept for this tab and this user. */
export function useDraft(sub: string): [text: string, write: (text: string) => void] {
  const name = `demo.draft.${sub}`
  const [text, setText] = useState(() => sessionStorage.getItem(name) ?? '')
  return [
    text,
    (next) => {
      sessionStorage.setItem(name, next)
      setText(next)
    },
  ]
}

export function Draft({ sub }: { sub: string }) {
  const [text, write] = useDraft(sub)
  return (
    <label className="draft">
      A half-filled form
      <input
        placeholder="Type something, then reload"
        data-testid="draft"
        value={text}
        onChange={({ target }) => write(target.value)}
      />
    </label>
  )
}
