/** Tells a visitor what to do first: one minute shows what evertoken is for. */
export function Tour() {
  return (
    <nav aria-labelledby="tour">
      <p className="mark" id="tour">
        In a minute
      </p>
      <ol className="tour">
        <li>
          <a href="#who">Sign in.</a> {window.demo.control && 'There is nothing to type.'}
        </li>
        {window.demo.control && (
          <>
            <li>
              <a href="#break">Let a token live 5 s,</a> and watch each be renewed before it dies.
            </li>
            <li>
              <a href="#break">Answer 503 twice.</a> You stay signed in, and it mends itself.
            </li>
          </>
        )}
        {window.demo.api !== undefined && (
          <li>
            <a href="#api">Let the API answer 401 once,</a> and call it 20 times: one refresh.
          </li>
        )}
        <li>
          <a href="#secret">Search the page</a> for the refresh token.
        </li>
        {window.demo.backend && (
          <li>
            <a href="#secret">Move it to a backend,</a> and look on from the server’s side.
          </li>
        )}
        <li>
          <a href="#tabs">Open another tab.</a>{' '}
          {window.demo.control
            ? 'Revoke the session here, sign in again there: this one comes back, its form as it was.'
            : 'It is signed in. Sign out there, and both are out.'}
        </li>
      </ol>
    </nav>
  )
}
