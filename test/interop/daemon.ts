import { spawn, type ChildProcess } from 'node:child_process'

export interface Daemon {
  close(): Promise<void>
}

export interface DaemonOptions {
  cwd: string
  env?: Record<string, string>
  /** Answers as soon as the program serves. */
  ready: string
}

const START_DEADLINE_MS = 60_000

/**
 * Runs a program until it ends, or until standard input does: with the process that started it, however that ends.
 * Either way all of its process group goes.
 */
const WHILE_STARTER_LIVES = '{ "$@"; kill -9 0; } </dev/null & read -r _; kill -9 0'

/** Starts a program that serves, and waits until it does. @throws what it said, where it does not */
export async function startDaemon(
  command: string,
  args: string[],
  { cwd, env = {}, ready }: DaemonOptions,
): Promise<Daemon> {
  const child = spawn('sh', ['-c', WHILE_STARTER_LIVES, 'sh', command, ...args], {
    ...{ cwd, env: { ...process.env, ...env }, detached: true },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  const listen = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000))
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  child.on('error', (error) => (said += error.message))
  const end = Date.now() + START_DEADLINE_MS
  for (;;) {
    const served = await fetch(ready, { redirect: 'manual' }).then(
      () => true,
      () => false,
    )
    if (served) return { close: () => stop(child) }
    if (hasEnded(child) || Date.now() > end) {
      await stop(child)
      throw new Error(`${command} does not serve ${ready}:\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const hasEnded = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null

/** With everything that it started: it leads a process group of its own. */
async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid!, 'SIGKILL')
  await ended
}
