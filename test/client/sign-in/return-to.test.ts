import { describe, expect, test } from 'vitest'
import '../lazy.ts'
import { appDevice as device } from '../setup.ts'

describe('A-32 returnTo', () => {
  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/a/..//evil.example',
    'https://app.example:444/',
    'http://app.example/',
    '\t//evil.example',
    'blob:https://app.example/x',
  ])('refuses %j at the start, and does not believe it at the end', async (returnTo) => {
    const on = await device()
    const { tab, client } = on.open()
    await expect(client.signIn({ returnTo })).rejects.toThrow(/returnTo/)
    await client.whenSettled()
    expect(client.getSession().status).toBe('signed-out')
    await client.signIn()
    for (const [name, value] of tab.storage) {
      tab.storage.set(
        name,
        value.replace(/"returnTo":"[^"]*"/, () => `"returnTo":${JSON.stringify(returnTo)}`),
      )
    }
    const back = on.back(tab, on.answer(tab))
    await back.client.whenSettled()
    await on.world.settle()
    expect(back.tab.href).toBe('https://app.example/')
  })
})
