import { bin, run } from './run.mjs'

export const types = () => run(bin('tsc'), ['-p', 'tsconfig.json'])

export const lint = () =>
  run(bin('oxlint'), ['--type-aware', '--deny-warnings', '--report-unused-disable-directives'])

export const unused = () => run(bin('knip'), ['--no-progress'])

export const formatting = () => run(bin('prettier'), ['--check', '--log-level', 'warn', '.'])
