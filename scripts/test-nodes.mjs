// `npm run test:nodes`: the tests that need no browser, under each Node that is supported.
import { withNodes } from './nodes.mjs'
import { finish, npmScript, step, vitest } from './steps.mjs'

const built = await step('The package builds', () => npmScript('build'))

await withNodes(async (version, node) => {
  await step(`Unit tests pass under Node ${version}`, () =>
    vitest(['--project=unit', '--project=alone'], { node }),
  )
  await step(`React tests pass under Node ${version}`, () => vitest(['--project=react'], { node }))
  if (!built) return
  const env = { BUILT: '1' }
  await step(`The built package loads under Node ${version}`, () =>
    vitest(['--project=package', 'test/package/exports', 'test/package/shape'], { env, node }),
  )
})
finish()
