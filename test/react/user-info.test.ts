import { userInfoRequest, customFetch } from 'oauth4webapi'
import { expect, test, vi } from 'vitest'

const server = { issuer: 'https://op.example', userinfo_endpoint: 'https://op.example/me' }

const ask = (fetch: () => Promise<Response>) =>
  userInfoRequest(server, { client_id: 'spa' }, 'at', { [customFetch]: fetch })

// What docs/tools.md says of happy-dom. When this fails, the sentence can go.
test('happy-dom needs a URL.parse that makes a URL, for UserInfo to be asked', async () => {
  const fetch = vi.fn(async () => new Response('{}'))
  await expect(ask(fetch)).rejects.toThrow('must be an instance of URL')
  vi.spyOn(URL, 'parse').mockImplementation((url, base) => new URL(url, base))
  await ask(fetch)
  expect(fetch).toHaveBeenCalledTimes(1)
})
