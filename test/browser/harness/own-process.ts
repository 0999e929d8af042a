import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts a program that does not outlive this process, however this one ends: the kernel sees to it (prctl(2),
 * PR_SET_PDEATHSIG), because an interrupted test runs no cleanup.
 */
export function startOwn(
  program: string,
  args: string[],
  stdio: StdioOptions,
  env: Record<string, string> = {},
): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio,
    env: { ...process.env, ...env },
  })
}

/** Ends a program and waits for its end. */
export async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const exited = once(program, 'exit')
  program.kill('SIGKILL')
  await exited
}
