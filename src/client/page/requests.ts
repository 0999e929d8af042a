/** What calls of protected resources do with the page: in the chunk of these calls. */
export interface PageRequests {
  /** What a relative URL is relative to (Fetch §5.4): a document may say so itself. */
  baseUrl(): string
  /** The page's own `fetch` at the time of the call: what records or mocks requests sees this one, too. */
  send(request: Request, init: RequestInit): Promise<Response>
}

export const browserRequests: PageRequests = {
  baseUrl: () => document.baseURI,
  send: (request, init) => fetch(request, init),
}
