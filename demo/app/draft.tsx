/** A text that an expired session must not lose. As in an app it is kept for this tab and this user. */
export function Draft({ sub }: { sub: string }) {
  const name = `demo.draft.${sub}`
  return (
    <label className="draft">
      A half-filled form
      <input
        placeholder="Type something, then revoke the session"
        data-testid="draft"
        defaultValue={sessionStorage.getItem(name) ?? ''}
        onInput={({ currentTarget }) => sessionStorage.setItem(name, currentTarget.value)}
      />
    </label>
  )
}
