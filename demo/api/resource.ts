/** How the API names itself at the provider (RFC 8707): the `aud` of its access tokens. */
export const API_RESOURCE = 'urn:evertoken:demo:api'
