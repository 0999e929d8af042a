/** What an expired session must not cost. Kept for the tab and its user, as an app would, for who signs in again here. */
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
