import { useAuth, useTokenResponse } from 'evertoken'
import { useState } from 'react'
import { auth, switchVault, vault } from './auth.ts'
import { Card, Naive } from './card.tsx'
import { search, type Finds } from './search.ts'

export function Secret() {
  useAuth()
  const response = useTokenResponse()
  const [finds, setFinds] = useState<Finds | 'searching'>()
  const { vault: kind, fallback, renewable } = auth.diagnostics()
  const look = () => {
    setFinds('searching')
    void search().then(setFinds)
  }
  return (
    <Card id="secret" title="Where the refresh token lives">
      <div className="where">
        <Room name="This page" holds={response ? 'access token, claims' : 'nothing'}>
          {kind === 'page' && renewable}
        </Room>
        <span className="wall" aria-hidden="true" />
        <Room name="SharedWorker" holds={kind === 'worker' ? '' : 'not used'}>
          {kind === 'worker' && renewable}
        </Room>
      </div>
      <p className="quiet" data-testid="vault">
        {!renewable
          ? 'There is none yet.'
          : kind === 'worker'
            ? 'In the memory of a worker that all tabs share: a reload keeps it, no message gets it out, nothing is stored.'
            : `In a closure of this page (${vault === 'page' ? 'as you chose' : fallback}): nothing is stored, and a reload forgets it.`}
      </p>
      <div className="pairs">
        <div>
          <button className="plain" onClick={look} disabled={finds === 'searching'}>
            Search the page for it
          </button>
          <Naive>has it in localStorage, one line of script away.</Naive>
        </div>
        <div>
          <button className="plain" onClick={switchVault}>
            Use the {vault === 'page' ? 'worker' : 'page'} vault
          </button>
          <Naive>has no other place for it than the page.</Naive>
        </div>
      </div>
      <div role="status">{finds && finds !== 'searching' && <Report finds={finds} />}</div>
    </Card>
  )
}

interface RoomProps {
  name: string
  holds: string
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
