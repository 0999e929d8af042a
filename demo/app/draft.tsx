const DRAFT = 'demo.draft'

/** What an expired session must not cost. Kept for the tab, as an app would, for those who sign in again here. */
export function Draft() {
  return (
    <label className="draft">
      A half-filled form
      <input
        placeholder="Type something, then revoke the session"
        data-testid="draft"
        defaultValue={sessionStorage.getItem(DRAFT) ?? ''}
        onInput={({ currentTarget }) => sessionStorage.setItem(DRAFT, currentTarget.value)}
      />
    </label>
  )
}
