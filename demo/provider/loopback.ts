/** This provider serves this machine only, so apps elsewhere are refused. */
export function isLoopback(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol.startsWith('http') && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)
}
