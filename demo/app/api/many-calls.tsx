import { useState } from 'react'
import { auth } from '../auth.ts'
import { isRefresh, useProvider } from '../provider-switches.ts'
import { API, tellApi, type ApiView } from './api-view.ts'

export const CALLS = 20

interface Run {
  startedAt: number
  /** How many calls ended how: a status, or an error's code. */
  ended: [outcome: string, count: number][]
  before: ApiView
  after: ApiView
}

/** Calls the API many times at once. */
export function useManyCalls() {
  const [run, setRun] = useState<Run>()
  const [isRunning, setRunning] = useState(false)
  const start = async () => {
    setRunning(true)
    setRun(await callAtOnce())
    setRunning(false)
  }
  return { run, isRunning, start }
}

/** Says what that came to, at the API and at the provider. */
export function Outcome({ run: { startedAt, ended, before, after } }: { run: Run }) {
  const { requests } = useProvider()
  const refreshes = requests.filter((one) => isRefresh(one) && one.at >= startedAt).length
  const refused = after.refused - before.refused
  return (
    <p>
      <span className="tag here">Here</span>{' '}
      {ended.map(([outcome, count]) => `${count} × ${outcome}`).join(', ')}. The API saw{' '}
      {after.requests - before.requests} requests, and answered {refused} with 401. Refreshes since:{' '}
      {refreshes}.
    </p>
  )
}

async function callAtOnce(): Promise<Run> {
  const startedAt = Date.now()
  const before = await tellApi('state')
  const outcomes = await Promise.all(Array.from({ length: CALLS }, call))
  const after = await tellApi('state')
  const kinds = [...new Set(outcomes)]
  const ended = kinds.map((kind): [string, number] => [
    kind,
    outcomes.filter((one) => one === kind).length,
  ])
  return { startedAt, ended, before, after }
}

async function call(): Promise<string> {
  try {
    return String((await auth.fetch(`${API}/notes`)).status)
  } catch (error) {
    return (error as { code?: string }).code ?? 'failed'
  }
}
