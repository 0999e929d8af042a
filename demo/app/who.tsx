import { useAuth, type SessionStatus } from 'evertoken'
import { auth, go } from './auth.ts'
import { Card, Naive } from './card.tsx'
import { Draft } from './draft.tsx'
import { setPopup, signIn, usePopup } from './way-in.ts'

/** The users of the stand-in provider. */
const PEOPLE = ['alice', 'bob']

const named = (sub: string) => sub[0]!.toUpperCase() + sub.slice(1)

export function Who() {
  const session = useAuth()
  const user = 'user' in session ? session.user : undefined
  return (
    <Card id="who" title="Who is signed in">
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
      {session.status === 'signed-in' && <Failed />}
      <p className="row">
        {session.status === 'signed-in' ? (
          <SignedIn sub={session.user.sub} />
        ) : (
          <SignIn sub={user?.sub} disabled={session.status === 'restoring'} />
        )}
      </p>
      <InPopup />
      <Naive>{naive(session.status)}</Naive>
      {user && window.demo.api === undefined && <Draft key={user.sub} sub={user.sub} />}
    </Card>
  )
}

/** Says what a naive library would do at the buttons shown. */
function naive(status: SessionStatus): string {
  if (status === 'signed-in') {
    return 'signs out this tab and leaves the others in, or shows Bob what it fetched for Alice.'
  }
  if (status === 'expired') return 'goes to the sign-in page by itself, and the form is lost.'
  return 'keeps the refresh token where any script can read it.'
}

/** Says why a sign-in failed although the session of before goes on. */
function Failed() {
  const { transitions, errors } = auth.diagnostics()
  const [begun, back] = transitions.slice(-2)
  const error = errors.at(-1)
  if (begun?.to !== 'signing-in' || !back || !error) return null
  if (error.at < begun.at || error.at > back.at) return null
  return (
    <p role="status" className="notice">
      Still signed in; the new sign-in failed (<code>{error.code}</code>). {error.message}
    </p>
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
            onClick={() => signIn({ loginHint: one, prompt: 'login' })}
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
      <button disabled={disabled} onClick={() => signIn({ loginHint: sub })}>
        Sign in again
      </button>
    )
  }
  return (
    <>
      <button disabled={disabled} onClick={() => signIn()}>
        Sign in
      </button>
      {window.demo.control &&
        PEOPLE.map((one) => (
          <button
            key={one}
            className="plain"
            disabled={disabled}
            onClick={() => signIn({ loginHint: one, prompt: 'login' })}
          >
            as {named(one)}
          </button>
        ))}
    </>
  )
}

function InPopup() {
  return (
    <label className="choice">
      <input
        type="checkbox"
        checked={usePopup()}
        onChange={({ target }) => setPopup(target.checked)}
      />
      sign in in a popup, and this page stays as it is
    </label>
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
