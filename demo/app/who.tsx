import { useAuth } from 'evertoken'
import { auth, go } from './auth.ts'
import { Card, Naive } from './card.tsx'
import { Draft } from './draft.tsx'

/** Whom the stand-in provider knows. */
const PEOPLE = ['alice', 'bob']

const named = (sub: string) => sub[0]!.toUpperCase() + sub.slice(1)

export function Who() {
  const session = useAuth()
  const user = 'user' in session ? session.user : undefined
  return (
    <Card title="Who is signed in">
      <div className="who" aria-live="polite">
        {user ? (
          <>
            <Face name={String(user['name'] ?? user.sub)} picture={user['picture']} />
            <p>
              <strong data-testid="user">{String(user['name'] ?? user.sub)}</strong>
              <br />
              <span className="quiet">{String(user['email'] ?? '')}</span>
            </p>
          </>
        ) : (
          <p className="quiet">Nobody{session.status === 'restoring' ? ' yet …' : '.'}</p>
        )}
      </div>
      {session.status === 'expired' && (
        <p role="status" className="notice">
          The provider ended the session (<code>{session.reason}</code>). What you typed is still
          here. Sign in again, in this tab or in another.
        </p>
      )}
      {session.status === 'error' && (
        <p role="alert" className="notice bad">
          {session.error.message}
        </p>
      )}
      <p className="row">
        {session.status === 'signed-in' ? (
          <SignedIn sub={session.user.sub} />
        ) : (
          <SignIn sub={user?.sub} disabled={session.status === 'restoring'} />
        )}
      </p>
      {session.status === 'signed-in' && (
        <Naive>signs out this tab, and leaves the others in.</Naive>
      )}
      {!user && <Naive>keeps the refresh token where any script can read it.</Naive>}
      {user && <Draft />}
    </Card>
  )
}

function SignedIn({ sub }: { sub: string }) {
  return (
    <>
      <button onClick={() => go(auth.signOut())}>Sign out</button>
      {window.demo.control &&
        PEOPLE.filter((one) => one !== sub).map((one) => (
          <button
            key={one}
            className="plain"
            onClick={() => go(auth.signIn({ loginHint: one, prompt: 'login' }))}
          >
            Become {named(one)}
          </button>
        ))}
    </>
  )
}

function SignIn({ sub, disabled }: { sub: string | undefined; disabled: boolean }) {
  if (sub !== undefined) {
    return (
      <button disabled={disabled} onClick={() => go(auth.signIn({ loginHint: sub }))}>
        Sign in again
      </button>
    )
  }
  return (
    <>
      <button disabled={disabled} onClick={() => go(auth.signIn())}>
        Sign in
      </button>
      {window.demo.control &&
        PEOPLE.map((one) => (
          <button
            key={one}
            className="plain"
            disabled={disabled}
            onClick={() => go(auth.signIn({ loginHint: one, prompt: 'login' }))}
          >
            as {named(one)}
          </button>
        ))}
    </>
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
