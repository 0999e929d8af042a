import type { AuthClientOptions } from '../../../src/client/options/options.ts'
import type { VirtualDevice } from '../../../src/testing/device/virtual-device.ts'
import type { TestProviderOptions } from '../../../src/testing/provider/options.ts'
import '../lazy.ts'
import { appDevice } from '../setup.ts'

export const API = 'https://api.example/v1'

/** One call as it arrived. */
export interface ApiCall {
  url: string
  method: string
  authorization: string | null
  body: string
  request: Request
}

type Answer = (call: ApiCall) => Response | Promise<Response>

/** A protected resource on a device's network: it refuses tokens that were revoked, and what else a test says. */
export class TestApi {
  readonly calls: ApiCall[] = []
  readonly revoked = new Set<string | null>()
  readonly #next: Answer[] = []
  /** What it answers to a good token. */
  answer: Answer = ({ body }) => new Response(`got ${body}`)
  refusal: Answer = () => unauthorized('invalid_token')

  constructor(device: VirtualDevice, origin = 'https://api.example') {
    const { fetch } = device.network
    device.network.fetch = (url, init) =>
      url.startsWith(`${origin}/`) ? this.#fetch(init as Request) : fetch(url, init)
  }

  /** What happens to the next calls, one each. */
  next(...answers: Answer[]): void {
    this.#next.push(...answers)
  }

  /** The tokens that arrived, in order. */
  get tokens(): (string | null)[] {
    return this.calls.map(({ authorization }) => authorization)
  }

  async #fetch(request: Request): Promise<Response> {
    const { url, method, signal, headers } = request
    const body = await request.text()
    signal.throwIfAborted()
    const call = { url, method, authorization: headers.get('authorization'), body, request }
    this.calls.push(call)
    const isRefused = call.authorization === null || this.revoked.has(call.authorization)
    const answer = this.#next.shift() ?? (isRefused ? this.refusal : this.answer)
    // As a network does: who aborts has no answer.
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
      Promise.resolve(answer(call)).then(resolve, reject)
    })
  }
}

export function unauthorized(error?: string, parameters = ''): Response {
  const challenge = `Bearer realm="api"${error ? `, error="${error}"` : ''}${parameters}`
  return new Response('no', { status: 401, headers: { 'www-authenticate': challenge } })
}

/** A signed-in app, and the resource that it calls. */
export async function callingApp(
  options: Partial<AuthClientOptions> = {},
  provider: TestProviderOptions = {},
) {
  const all = { protectedResources: [API], ...options }
  const on = await appDevice(provider)
  const api = new TestApi(on.world)
  const app = await on.signIn(on.open(all), all)
  const own = `Bearer ${await app.client.getAccessToken()}`
  return { ...app, on, api, own, world: on.world, provider: on.provider, options: all }
}
