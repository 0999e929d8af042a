/** Where pages say that they are. */
export const ORIGIN = 'https://app.example'

/**
 * What every backend here is told.
 *
 * @param {{ issuer: string }} provider
 */
export const bffOptions = ({ issuer }) => ({
  issuer,
  clientId: 'bench',
  clientAuthentication: /** @type {const} */ ({ method: 'none' }),
  baseUrl: ORIGIN,
  keys: [{ kid: 'one', secret: '3nFcgqf4aA2R6E9ewqHURZkm05DmIcCFITVP+Pxw7WY' }],
})
