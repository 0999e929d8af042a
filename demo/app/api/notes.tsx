import { useQuery } from '@tanstack/react-query'
import { useProtectedUrl, useUser } from 'evertoken'
import { protectedQueryFn } from 'evertoken/query'
import type { Note } from '../../api/notes.ts'
import { auth } from '../auth.ts'
import { API } from './api-view.ts'
import { Live } from './live.tsx'
import { NoteForm } from './note-form.tsx'

/** What an app shows of its user, all of it from the API. Another user's tree is a new one. */
export function Notes() {
  const user = useUser()
  const sub = user?.sub ?? ''
  const { data, error } = useQuery({
    queryKey: ['notes'],
    queryFn: protectedQueryFn<Note[]>(auth, `${API}/notes`),
  })
  const first = String(user?.['name'] ?? sub).split(' ')[0]
  return (
    <>
      <div className="head">
        <h3>{first}’s notes</h3>
        <Live />
      </div>
      <div className="notes">
        <div>
          {error && (
            <p role="alert" className="notice bad">
              {error.message}
            </p>
          )}
          {!data && !error && <p className="quiet">One moment …</p>}
          <ul data-testid="notes">
            {data?.map(({ id, text }) => (
              <li key={id}>{text}</li>
            ))}
          </ul>
        </div>
        <Badge name={first ?? ''} />
      </div>
      <NoteForm sub={sub} />
    </>
  )
}

/** An `<img>` and a link send no access token: they are given what `auth.fetch` got. */
function Badge({ name }: { name: string }) {
  const badge = useProtectedUrl(`${API}/badge`)
  const file = useProtectedUrl(`${API}/notes.txt`)
  return (
    <div className="badge">
      {badge.status === 'ready' ? (
        <img src={badge.url} alt={`${name}’s library card`} width="174" height="90" />
      ) : (
        <p className="quiet">{badge.status === 'failed' ? badge.error.message : '…'}</p>
      )}
      {file.status === 'ready' && (
        <a href={file.url} download="notes.txt">
          Download the notes
        </a>
      )}
    </div>
  )
}
