import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs one command and keeps what it says. A command that hangs is ended with everything it started.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, minutes?: number }} [options]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function run(command, args, { env, cwd = root, minutes = 10 } = {}) {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const end = () => {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const timer = setTimeout(() => {
      output += `\nStopped: no end after ${minutes} minutes.`
      end()
    }, minutes * 60_000)
    const stop = () => {
      end()
      process.exit(130)
    }
    process.once('SIGINT', stop).once('SIGTERM', stop)
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    /** @param {boolean} ok */
    const done = (ok) => {
      clearTimeout(timer)
      process.off('SIGINT', stop).off('SIGTERM', stop)
      resolve({ ok, output: output.trim() })
    }
    child.on('error', (error) => {
      output += String(error)
      done(false)
    })
    child.on('close', (code) => done(code === 0))
  })
}

/**
 * A tool of this repository by its name.
 *
 * @param {string} name
 */
export const bin = (name) => `${root}node_modules/.bin/${name}`
