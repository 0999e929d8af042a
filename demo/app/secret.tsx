import { useAuth, useTokenResponse, useUser } from 'evertoken'
import { useState, type ReactNode } from 'react'
import { auth } from './auth.ts'
import { Card, Naive } from './card.tsx'
import { backend, place, type Place } from './place.ts'
import { PlaceSwitch } from './place-switch.tsx'
import { search, type Finds } from './search.ts'

export function Secret() {
  const isSignedIn = useAuth().status === 'signed-in'
  const [finds, setFinds] = useState<Finds | 'searching'>()
  const { vault, fallback, renewable } = auth.diagnostics()
  // The page of a backend does not know: the session's owner keeps what it was given.
  const isThere = backend ? isSignedIn : renewable === true
  const look = () => {
    setFinds('searching')
    void search().then(setFinds)
  }
  return (
    <Card id="secret" title="Where the refresh token lives">
      <div className="where">
        <Room name="This page" holds={place === 'proxied' ? <Claims /> : <Holdings />}>
          {vault === 'page' && isThere}
        </Room>
        <span className="wall" aria-hidden="true" />
        {backend ? (
          <Room name="The backend" holds={isThere && place === 'proxied' && 'access token'}>
            {isThere}
          </Room>
        ) : (
          <Room name="SharedWorker" holds={vault === 'worker' ? '' : 'not used'}>
            {vault === 'worker' && isThere}
          </Room>
        )}
      </div>
      <p className="quiet" data-testid="vault">
        {isThere ? inWords(vault === 'page' ? 'page' : place, fallback) : 'There is none yet.'}
      </p>
      <PlaceSwitch />
      <p className="row">
        <button className="plain" onClick={look} disabled={finds === 'searching'}>
          Search the page for it
        </button>
      </p>
      <Naive>has it in localStorage, one line of script away.</Naive>
      <div role="status">{finds && finds !== 'searching' && <Report finds={finds} />}</div>
    </Card>
  )
}

function inWords(kept: Place, fallback: string | undefined): string {
  switch (kept) {
    case 'worker':
      return 'In the memory of a worker that all tabs share: a reload keeps it, no message gets it out, nothing is stored.'
    case 'page':
      return `In a closure of this page (${place === 'page' ? 'as you chose' : fallback}): nothing is stored, and a reload forgets it.`
    case 'mediated':
      return 'In the backend, sealed with a key of which half is in a cookie that no script reads. The page asks it for access tokens.'
    case 'proxied':
      return 'In the backend, sealed with a key of which half is in a cookie that no script reads. Calls go through it: the page has no token at all.'
  }
}

/** What is in the page, where tokens come into it. */
function Holdings() {
  return useTokenResponse() ? 'access token, claims' : 'nothing'
}

/** What is in the page, where no token does. */
function Claims() {
  return useUser() ? 'claims' : 'nothing'
}

interface RoomProps {
  name: string
  holds: ReactNode
  children: boolean | undefined
}

function Room({ name, holds, children: hasIt }: RoomProps) {
  return (
    <div className={`room ${hasIt ? 'safe' : ''}`}>
      <strong>{name}</strong>
      {holds && <span>{holds}</span>}
      {hasIt && <span className="gem">refresh token</span>}
      {!holds && !hasIt && <span>nothing</span>}
    </div>
  )
}

function Report({ finds: { places, strings } }: { finds: Finds }) {
  const found = places.filter(({ kinds }) => kinds.includes('refresh token'))
  return (
    <>
      <p className={`notice ${found.length > 0 ? 'bad' : ''}`} data-testid="search">
        {found.length > 0
          ? `Found a refresh token: ${found.map(({ place }) => place).join(', ')}. Only a script that was here before evertoken could listen there.`
          : `No refresh token among ${strings} strings that could be one.`}
      </p>
      <table className="finds">
        <caption className="sr">What a script of this page can reach</caption>
        <thead className="sr">
          <tr>
            <th scope="col">Place</th>
            <th scope="col">Found</th>
          </tr>
        </thead>
        <tbody>
          {places.map(({ place, amount, kinds }) => (
            <tr key={place}>
              <th scope="row">
                {place} <span className="quiet">{amount}</span>
              </th>
              <td className={kinds.includes('refresh token') ? 'bad' : undefined}>
                {kinds.join(', ') || '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
