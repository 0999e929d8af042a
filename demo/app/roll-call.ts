import { useEffect, useState } from 'react'
import { real } from './device.ts'

export interface Tab {
  id: string
  status: string
  at: number
}

export const me = crypto.randomUUID().slice(0, 4)

const EVERY = 1000
const GONE_AFTER = 3500

/** Lists the open tabs for the visitor. This is the demo's own: evertoken needs no such list. */
export function useRollCall(status: string): Tab[] {
  const [others, setOthers] = useState<Tab[]>([])
  useEffect(() => {
    const channel = new BroadcastChannel('demo.tabs')
    const call = () => channel.postMessage({ id: me, status, at: Date.now() } satisfies Tab)
    const leave = () => channel.postMessage({ id: me, status: 'gone', at: 0 } satisfies Tab)
    channel.onmessage = ({ data }: MessageEvent<Tab>) => {
      setOthers((now) => [...now.filter(({ id }) => id !== data.id), data].filter(isHere))
    }
    call()
    const timer = real.setInterval(() => {
      call()
      setOthers((now) => (now.every(isHere) ? now : now.filter(isHere)))
    }, EVERY)
    window.addEventListener('pagehide', leave)
    return () => {
      clearInterval(timer)
      window.removeEventListener('pagehide', leave)
      channel.close()
    }
  }, [status])
  return [{ id: me, status, at: 0 }, ...others.sort((a, b) => a.id.localeCompare(b.id))]
}

const isHere = ({ at }: Tab) => Date.now() - at < GONE_AFTER
