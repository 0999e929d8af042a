import { runtimeEnvironment } from '../environment.ts'
import type { WsSocket } from './ws-types.ts'

/** So much waits for a side that reads slowly before the other side is not read any more. */
const MAX_BUFFERED = 2 ** 20
/** A side that is gone without a word is noticed after two of them. */
const HEARTBEAT_MS = 30_000
/** RFC 6455 §7.4.1: 1005 and 1006 are never sent. They say that there was no code, and that there was no closing at all. */
const NO_CODE = 1005
const NO_CLOSING = 1006
/** Of the registry in RFC 6455 §11.7: what is behind this server failed. */
const BAD_GATEWAY = 1014
const GOING_AWAY = 1001

/**
 * Passes messages between a page and its upstream, as fast as the slower of them reads, until one of them closes.
 * @param onEnd tells when nothing may pass any more, with the code for the page
 */
export function joinSockets(
  page: WsSocket,
  upstream: WsSocket,
  onEnd: (listener: (code: number) => void) => () => void,
): void {
  const passing = { allowed: true }
  pass(page, upstream, passing)
  pass(upstream, page, passing)
  const stops = [
    onEnd((code) => {
      passing.allowed = false
      closeLike(page, code)
      closeLike(upstream, GOING_AWAY)
    }),
    watchBeats(page),
    watchBeats(upstream),
  ]
  const over = () => {
    for (const stop of stops) stop()
  }
  page.on('close', (code, reason) => {
    over()
    closeLike(upstream, code === NO_CLOSING ? GOING_AWAY : code, reason)
  })
  upstream.on('close', (code, reason) => {
    over()
    closeLike(page, code === NO_CLOSING ? BAD_GATEWAY : code, reason)
  })
  // It was paused since it opened: what it says first is for the page, too.
  upstream.resume()
}

function pass(from: WsSocket, to: WsSocket, passing: { allowed: boolean }): void {
  // What went wrong is followed by `close`.
  from.on('error', () => {})
  from.on('message', (data, isBinary) => {
    if (!passing.allowed) return
    to.send(data, { binary: isBinary }, () => {
      if (from.isPaused && to.bufferedAmount <= MAX_BUFFERED) from.resume()
    })
    if (to.bufferedAmount > MAX_BUFFERED) from.pause()
  })
}

function closeLike(socket: WsSocket, code: number, reason?: Uint8Array): void {
  // A side that is not read does not see the end of the other.
  socket.resume()
  if (code === NO_CODE) socket.close()
  else socket.close(code, new TextDecoder().decode(reason))
}

/** @returns stop. A side that is not read cannot answer, and is not asked. */
function watchBeats(socket: WsSocket): () => void {
  const { timer } = runtimeEnvironment
  let alive = true
  let cancel = () => {}
  const live = () => void (alive = true)
  socket.on('pong', live)
  socket.on('message', live)
  const beat = () => {
    if (!alive && !socket.isPaused) return socket.terminate()
    alive = false
    socket.ping()
    cancel = timer(beat, HEARTBEAT_MS)
  }
  cancel = timer(beat, HEARTBEAT_MS)
  return () => cancel()
}
