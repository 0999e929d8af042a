import { useAuth } from 'evertoken'
import { auth } from './auth.ts'
import { Card } from './card.tsx'

/** Whatever goes wrong is in the session, and this page shows the session. */
const go = (promise: Promise<void>) => void promise.catch(() => {})

export function Who() {
  const session = useAuth()
  return (
    <Card title="Who is signed in">
      <div className="who" aria-live="polite">
        {'user' in session && session.user ? (
          <>
            <Face
              name={String(session.user['name'] ?? session.user.sub)}
              picture={session.user['picture']}
            />
            <p>
              <strong data-testid="user">{String(session.user['name'] ?? session.user.sub)}</strong>
              <br />
              <span className="quiet">{String(session.user['email'] ?? '')}</span>
            </p>
          </>
        ) : (
          <p className="quiet">Nobody.</p>
        )}
      </div>
      {session.status === 'expired' && (
        <p role="status" className="notice">
          The provider ended the session ({session.reason}). What you typed below is still there:
          sign in again to go on.
        </p>
      )}
      {session.status === 'error' && (
        <p role="alert" className="notice bad">
          {session.error.message}
        </p>
      )}
      <p className="row">
        {session.status === 'signed-in' ? (
          <>
            <button onClick={() => go(auth.signOut())}>Sign out</button>
            <button className="plain" onClick={() => go(auth.signIn({ prompt: 'login' }))}>
              Switch user
            </button>
          </>
        ) : (
          <>
            <button disabled={session.status === 'restoring'} onClick={() => go(auth.signIn())}>
              Sign in
            </button>
            {window.demo.control && (
              <button
                className="plain"
                disabled={session.status === 'restoring'}
                onClick={() => go(auth.signIn({ loginHint: 'bob', prompt: 'login' }))}
              >
                Sign in as Bob
              </button>
            )}
          </>
        )}
      </p>
      {'user' in session && session.user && (
        <label className="draft">
          A half-filled form
          <input placeholder="Type something, then revoke the session" data-testid="draft" />
        </label>
      )}
    </Card>
  )
}

function Face({ name, picture }: { name: string; picture: unknown }) {
  return typeof picture === 'string' ? (
    <img className="face" src={picture} alt="" width="44" height="44" />
  ) : (
    <span className="face" aria-hidden="true">
      {name[0]}
    </span>
  )
}
