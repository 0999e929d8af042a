import { readdirSync, readFileSync } from 'node:fs'

/** The processes of a WebKitGTK browser that run pages and workers. @param ancestor of all of them */
export function webProcesses(ancestor: number): number[] {
  return childrenOf(ancestor).flatMap((child) => [
    // Linux keeps fifteen characters of a name (proc(5)).
    ...(read(`/proc/${child}/comm`).startsWith('WebKitWebProces') ? [child] : []),
    ...webProcesses(child),
  ])
}

/** Each thread has children of its own. */
function childrenOf(process: number): number[] {
  const threads = attempt(() => readdirSync(`/proc/${process}/task`)) ?? []
  const lists = threads.map((thread) => read(`/proc/${process}/task/${thread}/children`))
  return lists.flatMap((list) => list.trim().split(/\s+/)).flatMap((id) => (id ? [Number(id)] : []))
}

/** Empty where the process has just ended. */
const read = (file: string): string => attempt(() => readFileSync(file, 'utf8')) ?? ''

function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
