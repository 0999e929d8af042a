import { Card } from './card.tsx'
import { clockTime, duration, useNow } from './clock.ts'
import { Log } from './log.tsx'
import { useServer, type EventView, type ServerView, type SessionView } from './server-view.ts'

/** What the backend sees and does. It tells the page so for this demo alone, and no secret is in it. */
export function Server() {
  const server = useServer()
  return (
    <Card id="server" title="The server’s view" wide className="server">
      <div>{server && <Facts server={server} />}</div>
      <div>{server && <Events events={server.events} />}</div>
    </Card>
  )
}

function Facts({
  server: { store, redis, processes, sessions, leases, refreshes },
}: {
  server: ServerView
}) {
  return (
    <>
      <dl className="counts">
        <div>
          <dt>sessions</dt>
          <dd data-testid="server-sessions">{sessions.length}</dd>
        </div>
        <div>
          <dt>refreshes</dt>
          <dd data-testid="server-refreshes">{refreshes}</dd>
        </div>
        <div>
          <dt>leases taken, awaited</dt>
          <dd>
            {leases.got}, {leases.busy}
          </dd>
        </div>
      </dl>
      <Sessions sessions={sessions} />
      <ul className="tabs" data-testid="processes">
        {processes.map(({ name, pid, answered, refreshes }) => (
          <li key={pid}>
            <strong>{name}</strong> <span className="quiet">process {pid}</span>{' '}
            <span>
              {answered} {answered === 1 ? 'request' : 'requests'}, {refreshes}{' '}
              {refreshes === 1 ? 'refresh' : 'refreshes'}
            </span>
          </li>
        ))}
      </ul>
      <p className="quiet">
        {store === 'redis' ? (
          <>
            Their sessions are in one Redis at <code>{redis}</code>. Whichever is asked takes the
            lease and refreshes; the other waits for it.
          </>
        ) : (
          <>
            Its sessions are in its memory. <code>STORE=redis npm run demo</code> starts two
            processes that share a Redis.
          </>
        )}
      </p>
    </>
  )
}

function Sessions({ sessions }: { sessions: readonly SessionView[] }) {
  const now = useNow()
  if (sessions.length === 0) return <p className="quiet">No session yet.</p>
  return (
    <table className="finds sessions">
      <caption className="sr">Sessions in the store</caption>
      <thead>
        <tr>
          <th scope="col">session</th>
          <th scope="col">refreshed</th>
          <th scope="col">last lease</th>
          <th scope="col">sealed</th>
        </tr>
      </thead>
      <tbody>
        {sessions.map(
          ({ session, calling, refreshes, lease, isRefreshing, sealedBytes, createdAt }) => (
            <tr key={session}>
              <th scope="row">
                <code>{session.slice(0, 6)}</code>{' '}
                <span className="quiet">
                  {calling}, made {duration(now - createdAt)} ago
                </span>
              </th>
              <td>{isRefreshing ? 'now' : `${refreshes} ×`}</td>
              <td>{leaseInWords(lease)}</td>
              <td>{(sealedBytes / 1024).toFixed(1)} KB</td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  )
}

function leaseInWords(lease: SessionView['lease']): string {
  if (!lease) return '–'
  return lease.heldMs === undefined
    ? `${lease.process} has it`
    : `${lease.process}, ${lease.heldMs} ms`
}

function Events({ events }: { events: readonly EventView[] }) {
  return (
    <>
      <h3>Events</h3>
      {events.length === 0 && <p className="quiet">None yet.</p>}
      <Log label="Events of the backend, newest first">
        {events.toReversed().map(({ id, at, process, event }) => (
          <li key={id}>
            <time>{clockTime(at)}</time> <span>{process}</span> <strong>{event.type}</strong>
            {'session' in event && <code>{event.session.slice(0, 6)}</code>}
            <small>{detail(event)}</small>
          </li>
        ))}
      </Log>
      <p className="quiet">
        As <code>onEvent</code> tells them: for logs and metrics, never with a token, a cookie or a
        claim.
      </p>
    </>
  )
}

/** What an event says beside its type. */
function detail(event: EventView['event']): string {
  switch (event.type) {
    case 'session-ended':
      return `because of ${event.reason}`
    case 'session-refreshed':
      return `generation ${event.generation}, ${event.durationMs} ms`
    case 'refresh-failed':
      return `${event.error.code}; nothing is asked for ${duration(event.retryAfter, true)}`
    case 'sign-in-failed':
      return event.code
    case 'request-refused':
      return `${event.route || 'a path that is none'}: ${event.code}`
    case 'note':
    case 'token-refused':
      return event.error.code
    case 'store-failed':
      return event.message
    default:
      return ''
  }
}
