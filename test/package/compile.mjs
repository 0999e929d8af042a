// Compiles several projects in one process, by a compiler's own interface: `node compile.mjs <compiler> <tsconfig.json>…` prints
// what it says of each. A process for each would read the same libraries, and make the compiler itself fast, again and again.
import { createRequire } from 'node:module'

const [compiler = '', ...projects] = process.argv.slice(2)
const ts = createRequire(import.meta.url)(compiler)
// TypeScript 6 wants to be told that one knows what it will drop.
const given = ts.versionMajorMinor === '6.0' ? { ignoreDeprecations: '6.0' } : {}

/** @param {string} project */
function compile(project) {
  /** @type {unknown[]} */
  const problems = []
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: problems.push.bind(problems) }
  const parsed = ts.getParsedCommandLineOfConfigFile(project, given, host)
  if (parsed) {
    const { fileNames: rootNames, options, errors } = parsed
    const program = ts.createProgram({ rootNames, options })
    problems.push(...errors, ...ts.getPreEmitDiagnostics(program))
  }
  return ts.formatDiagnostics(problems, ts.createCompilerHost({}))
}

console.log(
  JSON.stringify(Object.fromEntries(projects.map((project) => [project, compile(project)]))),
)
