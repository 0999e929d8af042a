// The fast part of `npm test`, for while one works.
import { formatting, lint, unused, types } from './checks.mjs'
import { finish, step, vitest } from './steps.mjs'

await Promise.all([
  step('Types hold', types),
  step('Lint finds nothing, and imports go one way', lint),
  step('Nothing is unused or undeclared', unused),
  step('Formatting is prettier’s', formatting),
])
await step('Unit tests pass', () => vitest('unit'))
await step('React tests pass', () => vitest('react'))
finish()
