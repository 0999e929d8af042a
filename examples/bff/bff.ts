import { createBff, type BffOptions } from 'evertoken/bff'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, BFF_KEY, API, PORT = '3000' } = process.env
const { APP_URL = `http://localhost:${PORT}` } = process.env

function required(name: string, value: string | undefined): string {
  if (!value) throw new Error(`Set ${name} in the environment.`)
  return value
}

const clientAuthentication: BffOptions['clientAuthentication'] = CLIENT_SECRET
  ? { method: 'client_secret_basic', secret: CLIENT_SECRET }
  : { method: 'none' }

export const port = Number(PORT)

export const bff = createBff({
  issuer: required('ISSUER', ISSUER),
  clientId: required('CLIENT_ID', CLIENT_ID),
  clientAuthentication,
  baseUrl: APP_URL,
  keys: [{ kid: 'one', secret: required('BFF_KEY', BFF_KEY) }],
  ...(API && { proxy: [{ name: 'api', upstream: API }] }),
  onEvent: ({ type, ...rest }) => console.log(type, JSON.stringify(rest)),
})
