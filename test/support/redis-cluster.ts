import { createClient } from 'redis'
import { freePort } from './free-port.ts'
import { startRedis, type RedisServer } from './redis-server.ts'

const SLOTS = 16_384

export interface RedisCluster {
  urls: string[]
  /** How many keys each node has. */
  keysOfNodes(): Promise<number[]>
  remove(): Promise<void>
}

/** Real redis-servers that share the hash slots among them, as `redis-cli --cluster create` sets them up without replicas. */
export async function startRedisCluster(nodes: number): Promise<RedisCluster> {
  const servers: (RedisServer & { bus: number })[] = []
  for (let index = 0; index < nodes; index++) {
    // By default it is 10,000 above the other port, which may be no port.
    const bus = await freePort()
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(bus)]
    servers.push({ ...(await startRedis({ args })), bus })
  }
  const clients = await Promise.all(servers.map(({ url }) => createClient({ url }).connect()))
  const share = Math.ceil(SLOTS / nodes)
  for (const [index, client] of clients.entries()) {
    const last = Math.min((index + 1) * share, SLOTS) - 1
    await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', String(index * share), String(last)])
    // Each another one, or two nodes would contend for it.
    await client.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)])
  }
  for (const { port, bus } of servers.slice(1)) {
    await clients[0]!.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus)])
  }
  for (const client of clients) await untilWhole(client, nodes)
  return {
    urls: servers.map(({ url }) => url),
    keysOfNodes: () => Promise.all(clients.map((client) => client.dbSize())),
    async remove() {
      for (const client of clients) client.destroy()
      await Promise.all(servers.map((server) => server.remove()))
    },
  }
}

interface Node {
  sendCommand(command: string[]): Promise<unknown>
}

/** Until a node knows all the others, and that every slot is somebody's. */
async function untilWhole(node: Node, nodes: number): Promise<void> {
  for (const begun = Date.now(); ;) {
    const info = String(await node.sendCommand(['CLUSTER', 'INFO']))
    const isWhole =
      info.includes('cluster_state:ok') &&
      info.includes(`cluster_known_nodes:${nodes}`) &&
      info.includes(`cluster_slots_ok:${SLOTS}`)
    if (isWhole) return
    if (Date.now() - begun > 60_000) throw new Error(`The cluster does not come together:\n${info}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
