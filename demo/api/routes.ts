import type { IncomingMessage } from 'node:http'
import { read } from '../provider/forward.ts'
import { json, refused, type Answer } from './answer.ts'
import { badge } from './badge.ts'
import type { Conduct } from './behaviour.ts'
import type { Live } from './live.ts'
import { Notes } from './notes.ts'
import type { Caller, Verify } from './verify-token.ts'

type Act = (caller: Caller, request: IncomingMessage) => Answer | Promise<Answer>

/** The longest note, in characters. */
const LONGEST = 200

/** What the API has: each answer is of whoever the access token was issued for. */
export function createRoutes(verify: Verify, conduct: Conduct, live: Live) {
  const notes = new Notes()

  const routes: Record<string, Act> = {
    'GET /notes': ({ sub }) => json(200, notes.of(sub)),
    'GET /notes.txt': ({ sub }) => ({
      status: 200,
      type: 'text/plain; charset=utf-8',
      body: notes
        .of(sub)
        .map(({ text }) => `- ${text}\n`)
        .join(''),
    }),
    'GET /badge': ({ sub }) => ({ status: 200, type: 'image/svg+xml', body: badge(sub) }),
    async 'POST /notes'({ sub }, request) {
      const text = noteIn(await read(request))
      if (text === undefined) return json(400, { error: `a text of 1 to ${LONGEST} characters` })
      const note = notes.add(sub, text)
      live.tell(sub)
      return json(201, note)
    },
  }

  /** @returns with it the token's name, where there was one */
  return async (request: IncomingMessage, path: string): Promise<[Answer, jti?: string]> => {
    const route = `${request.method} ${path}`
    const act = Object.hasOwn(routes, route) ? routes[route] : undefined
    if (!act) return [{ status: 404 }]
    const caller = await verify(/^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1])
    if ('status' in caller) return [refused(caller)]
    const refusal = conduct.refusal(caller, request.method === 'POST')
    await conduct.pause()
    return [refusal ? refused(refusal) : await act(caller, request), caller.jti]
  }
}

function noteIn(body: Buffer): string | undefined {
  try {
    const { text } = JSON.parse(body.toString()) as { text?: unknown }
    const isNote = typeof text === 'string' && text.trim() !== '' && text.length <= LONGEST
    return isNote ? text.trim() : undefined
  } catch {
    return undefined
  }
}
