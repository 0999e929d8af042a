import { fileURLToPath } from 'node:url'
import spawn, { SubprocessError } from 'nano-spawn'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs one command and keeps what it says. A command that hangs is ended with everything it started.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, minutes?: number }} [options]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function run(command, args, { env = {}, cwd = root, minutes = 10 } = {}) {
  // A process group of its own: the end of a test runner is the end of its workers and browsers too.
  const running = spawn(command, args, { cwd, env, stdin: 'ignore', detached: true })
  const endGroup = async () => {
    try {
      const { pid } = await running.nodeChildProcess
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended by itself, or never began.
    }
  }
  const interrupt = () => void endGroup().finally(() => process.exit(130))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  let late = ''
  const timer = setTimeout(() => {
    late = `\nStopped: no end after ${minutes} minutes.`
    void endGroup()
  }, minutes * 60_000)
  try {
    const { output } = await running
    return { ok: true, output: output.trim() }
  } catch (error) {
    if (!(error instanceof SubprocessError)) throw error
    // A command that could not be started has said nothing; the cause says why.
    const { message } = error.cause instanceof Error ? error.cause : error
    return { ok: false, output: (error.output || message).trim() + late }
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/**
 * A tool of this repository by its name.
 *
 * @param {string} name
 */
export const bin = (name) => `${root}node_modules/.bin/${name}`
