import { bff } from '../../../bff'

const handle = async (request: Request) =>
  (await bff().handle(request)) ?? new Response(null, { status: 404 })

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT }
