import type { IncomingMessage, ServerResponse } from 'node:http'
import { read } from '../provider/forward.ts'
import { sendView } from '../send-view.ts'
import { BEHAVIOURS, type Behaviour, type Conduct } from './behaviour.ts'
import type { Live } from './live.ts'
import type { ApiWatch } from './watch.ts'

/** Serves the switches to the demo's page: GET /control/state and /control/events, POST /control/behaviour and /control/cut. */
export function createControl(conduct: Conduct, watch: ApiWatch, live: Live) {
  return async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const json = (status: number, value: unknown) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      })
      response.end(JSON.stringify(value))
    }
    const action = `${request.method} ${path.slice('/control/'.length)}`
    if (action === 'GET state') return json(200, watch.view)
    if (action === 'GET events') return sendView(watch, response)
    if (action === 'POST cut') live.cut()
    else if (action === 'POST behaviour') {
      const behaviour = (await read(request)).toString()
      if (!isBehaviour(behaviour)) return json(400, { error: 'no such behaviour' })
      conduct.behaviour = behaviour
      watch.changed()
    } else return json(404, { error: 'no such switch' })
    return json(200, watch.view)
  }
}

const isBehaviour = (given: string): given is Behaviour => BEHAVIOURS.some((one) => one === given)
