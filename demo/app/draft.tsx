import { useState } from 'react'

interface Writing {
  text: string
  write(text: string): void
  /** It was saved: what was typed since stays. */
  saved(text: string): void
}

/** A text that an expired session must not lose. As in an app it is kept for this tab and this user. */
export function useDraft(sub: string): Writing {
  const name = `demo.draft.${sub}`
  const [text, setText] = useState(() => sessionStorage.getItem(name) ?? '')
  const write = (next: string) => {
    sessionStorage.setItem(name, next)
    setText(next)
  }
  return {
    text,
    write,
    saved: (sent) => sessionStorage.getItem(name) === sent && write(''),
  }
}

export function Draft({ sub }: { sub: string }) {
  const { text, write } = useDraft(sub)
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
