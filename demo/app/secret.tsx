import { useAuth, useTokenResponse } from 'evertoken'
import { useState } from 'react'
import { auth, vault } from './auth.ts'
import { Card } from './card.tsx'

/** Everything a script of this page can read: what an attacker's script would go through. */
async function look(): Promise<string[]> {
  const databases = await indexedDB.databases()
  return [
    `localStorage: ${Object.keys(localStorage).length} entries, no token`,
    `sessionStorage: ${Object.keys(sessionStorage).length} entries, no token`,
    `cookies readable here: ${document.cookie ? document.cookie.split(';').length : 0}`,
    `IndexedDB databases: ${databases.length}`,
    `token response: ${Object.keys(auth.getTokenResponse() ?? {}).join(', ') || 'none'}`,
  ]
}

export function Secret() {
  useAuth()
  const response = useTokenResponse()
  const [found, setFound] = useState<string[]>()
  const { vault: kind, fallback, renewable } = auth.diagnostics()
  const switchVault = () => {
    sessionStorage.setItem('demo.vault', vault === 'page' ? 'auto' : 'page')
    location.reload()
  }
  return (
    <Card title="Where the refresh token lives">
      <div className="where">
        <div className="room">
          <strong>This page</strong>
          <span>{response ? 'access token, claims' : 'nothing'}</span>
          {kind === 'page' && renewable && <span className="gem">refresh token</span>}
        </div>
        <div className="room" aria-label="The SharedWorker">
          <strong>SharedWorker</strong>
          {kind === 'worker' ? (
            renewable ? (
              <span className="gem">refresh token</span>
            ) : (
              <span>empty</span>
            )
          ) : (
            <span>not used</span>
          )}
        </div>
      </div>
      <p className="quiet" data-testid="vault">
        {!renewable
          ? 'There is none yet. It will be held by a worker that all tabs share, out of this page’s reach.'
          : kind === 'worker'
            ? 'Held by a worker that all tabs share. It survives a reload, and no message gets it out.'
            : `Held in a closure of this page (${fallback}). A reload forgets it.`}
      </p>
      <p className="row">
        <button className="plain" onClick={() => void look().then(setFound)}>
          Look for it
        </button>
        <button className="plain" onClick={switchVault}>
          Use the {vault === 'page' ? 'worker' : 'page'} vault
        </button>
      </p>
      {found && (
        <ul className="log" role="status">
          {found.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </Card>
  )
}
