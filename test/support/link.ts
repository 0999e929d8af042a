import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** A way to a port of this machine that can fail, as a network between two machines can. */
export interface Link {
  readonly port: number
  /** Nothing gets through any more and nobody is told. TCP sends it again when the network is back. */
  partition(): void
  /** Every connection breaks, and new ones do too. */
  cut(): void
  /** What is sent comes so much later. */
  delay(ms: number): void
  heal(): void
  close(): Promise<void>
}

export async function linkTo(target: number): Promise<Link> {
  const sockets = new Set<Socket>()
  const late = new Set<() => void>()
  let state: 'open' | 'partitioned' | 'cut' = 'open'
  let delayMs = 0

  function carry(from: Socket, to: Socket): void {
    sockets.add(from)
    /** In order, as TCP is. */
    const onTheWay: Buffer[] = []
    const arrive = (): void => {
      const data = onTheWay.shift()
      if (data && !to.destroyed) to.write(data)
    }
    const arriveAll = (): void => {
      while (onTheWay.length > 0) arrive()
    }
    late.add(arriveAll)
    from.on('data', (data) => {
      onTheWay.push(data)
      if (delayMs > 0) setTimeout(arrive, delayMs)
      else arriveAll()
    })
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      late.delete(arriveAll)
      to.destroy()
    })
    if (state === 'partitioned') from.pause()
  }

  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    carry(near, far)
    carry(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    partition() {
      state = 'partitioned'
      for (const socket of sockets) socket.pause()
    },
    cut() {
      state = 'cut'
      breakAll()
    },
    delay(ms) {
      delayMs = ms
    },
    heal() {
      state = 'open'
      delayMs = 0
      for (const arriveAll of late) arriveAll()
      for (const socket of sockets) socket.resume()
    },
    async close() {
      state = 'cut'
      breakAll()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}
