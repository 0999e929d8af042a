// `npm run test:nodes`: the tests that need no browser, under each Node that is supported.
import { withNodes } from './nodes.mjs'
import { finish, step, vitest } from './steps.mjs'

await withNodes(async (version, node) => {
  await step(`Unit tests pass under Node ${version}`, () =>
    vitest(['--project=unit', '--project=alone'], { node }),
  )
  await step(`React tests pass under Node ${version}`, () => vitest(['--project=react'], { node }))
  await step(`The built package loads under Node ${version}`, () =>
    vitest(['--project=package', 'test/package/exports', 'test/package/shape'], { node }),
  )
})
finish()
