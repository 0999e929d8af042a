// Jest runs CommonJS: what is a module it takes only through a transform, and none knows import.meta.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { install, run, scratch, versionOf } from './pack.ts'
import { userTest } from './test-runner-app.ts'
import { tried, versionsIn } from './tried.ts'

const { folder, remove } = scratch('jest')

const babel = `module.exports = {
  presets: [
    ['@babel/preset-env', { targets: { node: 'current' } }],
    ['@babel/preset-react', { runtime: 'automatic' }],
  ],
}
`

const auth = `
import { createAuthClient } from 'evertoken'
export const auth = createAuthClient({ issuer: 'https://id.example.com', clientId: 'spa' })
`

const callTest = `
import { auth } from './auth'

jest.mock('./auth', () => ({
  auth: require('evertoken/testing').createTestAuth({ protectedResources: ['https://api.example.com/'] }),
}))

test('calls an API by the client that the app imports', async () => {
  global.fetch = async (request) => Response.json({ sent: request.headers.get('authorization') })
  const response = await auth.fetch('https://api.example.com/orders')
  expect(await response.json()).toEqual({ sent: 'Bearer test-access-token-1' })
}, 60_000)
`

beforeAll(async () => {
  const dependencies = {
    evertoken: `file:${inject('packed').tarball}`,
    jest: '30.5.2',
    'jest-environment-jsdom': '30.5.2',
    'jest-fixed-jsdom': '0.0.11',
    'babel-jest': '30.5.2',
    '@babel/core': '7.29.13',
    '@babel/preset-env': '7.29.14',
    '@babel/preset-react': '7.29.7',
    '@testing-library/dom': versionOf('@testing-library/dom'),
    '@testing-library/react': versionOf('@testing-library/react'),
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
  }
  await install(folder, dependencies, { private: true })
  writeFileSync(join(folder, 'babel.config.js'), babel)
  writeFileSync(join(folder, 'app.test.jsx'), userTest)
  writeFileSync(join(folder, 'auth.js'), auth)
  writeFileSync(join(folder, 'call.test.js'), callTest)
})
afterAll(remove)

test.each<[string, object]>([
  ['as it comes', {}],
  [
    'usual transformIgnorePatterns',
    { transformIgnorePatterns: ['/node_modules/(?!(evertoken|oauth4webapi|jose)/)'] },
  ],
])('T2 Jest, babel-jest, jsdom, %s: a test renders <AuthProvider>', async (_, options) => {
  await passes({ testEnvironment: 'jsdom', testMatch: ['**/app.test.jsx'], ...options })
  tried(...versionsIn(folder, 'jest', 'jest-environment-jsdom', 'react'))
})

// It has Node's AbortController, whose signals jsdom refuses.
test('T2 Jest, babel-jest, jest-fixed-jsdom: a test calls an API', async () => {
  await passes({ testEnvironment: 'jest-fixed-jsdom', testMatch: ['**/call.test.js'] })
  tried(...versionsIn(folder, 'jest', 'jest-fixed-jsdom', 'react'))
})

async function passes(config: object): Promise<void> {
  const { ok, output } = await run(
    'node',
    ['node_modules/jest/bin/jest.js', '--config', JSON.stringify(config)],
    { cwd: folder, env: { NODE_ENV: 'test' } },
  )
  expect(ok, output).toBe(true)
}
