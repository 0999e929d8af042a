import type { Answer } from './forward.ts'
import type { Endpoint } from './requests.ts'

/** Records every credential given out, so that a test can look for them where they must not be. Never served over HTTP. */
export interface IssuedSecrets {
  refreshTokens: string[]
  accessTokens: string[]
  idTokens: string[]
  codes: string[]
}

export interface Secrets {
  learn(endpoint: Endpoint, answer: Answer): void
  list(): IssuedSecrets
  reset(): void
}

export function createSecrets(): Secrets {
  const names = {
    refresh_token: 'refreshTokens',
    access_token: 'accessTokens',
    id_token: 'idTokens',
  }
  const empty = () => ({
    refreshTokens: new Set<string>(),
    accessTokens: new Set<string>(),
    idTokens: new Set<string>(),
    codes: new Set<string>(),
  })
  let known = empty()
  return {
    learn(endpoint, { status, headers, body }) {
      const code =
        headers.location && new URL(headers.location, 'http://x').searchParams.get('code')
      if (code) known.codes.add(code)
      if (endpoint !== 'token' || status !== 200) return
      const answer = JSON.parse(body.toString()) as Record<string, unknown>
      for (const [name, list] of Object.entries(names)) {
        const value = answer[name]
        if (typeof value === 'string') known[list as keyof IssuedSecrets].add(value)
      }
    },
    list: () => ({
      refreshTokens: [...known.refreshTokens],
      accessTokens: [...known.accessTokens],
      idTokens: [...known.idTokens],
      codes: [...known.codes],
    }),
    reset() {
      known = empty()
    },
  }
}
