import { MutationObserver, onlineManager } from '@tanstack/react-query'
import { protectedMutationFn } from 'evertoken/query'
import { afterEach, describe, expect, test } from 'vitest'
import { API } from '../client/fetch/setup.ts'
import { expire, queryingApp } from './setup.ts'
import { eventually } from '../support/eventually.ts'

type App = Awaited<ReturnType<typeof queryingApp>>

afterEach(() => onlineManager.setOnline(true))

const rename = ({ client }: App, onExpired?: 'wait' | 'fail') =>
  protectedMutationFn(client, (body: string) => [`${API}/name`, { method: 'PUT', body }], {
    onExpired,
  })

const bodies = ({ api }: App) =>
  api.calls.filter(({ method }) => method === 'PUT').map(({ body }) => body)

describe('U15 mutations of a user', () => {
  test('show nothing of them to the next one: neither variables nor data', async () => {
    const app = await queryingApp()
    const done = new MutationObserver(app.queryClient, { mutationFn: rename(app) })
    const under = new MutationObserver(app.queryClient, {
      mutationFn: () => new Promise(() => {}),
    })
    const shown: unknown[] = []
    for (const observer of [done, under]) {
      observer.subscribe(({ data, variables }) =>
        shown.push([data, variables, app.client.getSession()]),
      )
    }
    await done.mutate('of user-1')
    void under.mutate('of user-1' as never)
    expect(done.getCurrentResult()).toMatchObject({ variables: 'of user-1', status: 'success' })
    await app.changeUser()
    for (const observer of [done, under]) {
      expect(observer.getCurrentResult()).toMatchObject({
        data: undefined,
        variables: undefined,
        status: 'idle',
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
    const foreign = shown.map((one) => JSON.stringify(one)).filter((one) => one.includes('user-2'))
    expect(foreign.join()).not.toContain('of user-1')
  })

  test('that were paused without a network never run as the next one, and who waits hears of it', async () => {
    const app = await queryingApp()
    onlineManager.setOnline(false)
    const observer = new MutationObserver(app.queryClient, { mutationFn: rename(app) })
    const ended = observer.mutate('of user-1').catch((error: unknown) => error)
    await eventually(() => expect(observer.getCurrentResult().isPaused).toBe(true))
    await app.changeUser()
    onlineManager.setOnline(true)
    await app.queryClient.resumePausedMutations()
    expect(await ended).toBeInstanceOf(Error)
    expect(bodies(app)).toEqual([])
  })

  test('that wait for one another never run as the next one', async () => {
    const app = await queryingApp()
    const observers = ['one', 'two'].map((name) => {
      const observer = new MutationObserver(app.queryClient, {
        mutationFn: rename(app),
        scope: { id: 'names' },
      })
      return { observer, name }
    })
    app.api.next(() => new Promise(() => {}))
    const ended = observers.map(({ observer, name }) =>
      observer.mutate(name).catch((error: unknown) => error),
    )
    await eventually(() => expect(bodies(app)).toContain('one'))
    // Versions that do not know `scope` have sent both by now.
    const sent = bodies(app)
    await app.changeUser()
    expect(await ended[0]).toBeInstanceOf(Error)
    await ended[1]
    expect(bodies(app)).toEqual(sent)
  })
})

describe('U23 in a session that has expired a mutation', () => {
  test('goes on when the same user is back', async () => {
    const app = await queryingApp()
    await expire(app)
    const observer = new MutationObserver(app.queryClient, { mutationFn: rename(app) })
    const ended = observer.mutate('one')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(bodies(app)).toEqual([])
    await app.on.signIn(app.on.open(app.options), app.options)
    await app.world.until(() => app.client.getSession().status === 'signed-in')
    await ended
    expect(bodies(app)).toEqual(['one'])
  })

  test('fails at once where it is told to, and is not sent later', async () => {
    const app = await queryingApp()
    await expire(app)
    const observer = new MutationObserver(app.queryClient, { mutationFn: rename(app, 'fail') })
    await expect(observer.mutate('one')).rejects.toMatchObject({ code: 'session_expired' })
    await app.on.signIn(app.on.open(app.options), app.options)
    await app.world.until(() => app.client.getSession().status === 'signed-in')
    await app.world.settle()
    expect(bodies(app)).toEqual([])
  })

  test('is refused after a sign-out', async () => {
    const app = await queryingApp()
    await expire(app)
    const ended = rename(app)('one').catch((error: unknown) => error)
    await app.signOut()
    expect(await ended).toMatchObject({ name: 'AuthError' })
    expect(bodies(app)).toEqual([])
  })
})
