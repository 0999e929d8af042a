import { describe, expect, test } from 'vitest'
import { setUp } from '../setup.ts'

describe('an answer of the backend’s own', () => {
  test('B-13 B-55 is stored by nobody, and taken for nothing else than it says it is', async () => {
    const { browser } = await setUp({ options: { mediated: [{}] } })
    const user = browser()
    await user.signIn()
    const answers = [
      await user.call('/bff/session'),
      await user.post('/bff/token'),
      await user.post('/bff/refresh'),
      await user.call('/bff/none'),
      await user.send('/bff/session'),
      await user.send('/bff/callback?state=%3Cscript%3E&error=%3Cscript%3E'),
      await user.post('/bff/logout'),
    ]
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-type')).toMatch(/^application\/(problem\+)?json$/)
    }
    for (const answer of answers) expect(await answer.text()).not.toContain('<script>')
  })

  test('B-56 is told by route, and a path that is none has no name: events cannot be made as many as there are paths', async () => {
    const { browser, events } = await setUp()
    const user = browser()
    for (let path = 0; path < 20; path++) {
      await user.call(`/bff/none-${path}`)
      await user.call(`/bff/api/none-${path}/x`)
    }
    await user.send('/bff/session')
    const absent = await user.call('/bff/api/none/x')
    expect(await absent.json()).toMatchObject({ title: 'No route of `proxy` has this name.' })
    const routes = events.map((event) => (event.type === 'request-refused' ? event.route : event))
    expect(new Set(routes)).toEqual(new Set(['', '/session']))
  })
})
