import express from 'express'
import { shutDown, toNodeHandler } from 'evertoken/bff/node'
import { bff, port } from './bff.ts'
import { page } from './page.ts'

const app = express()

// Before any body parser: what is called through the backend streams.
app.use(toNodeHandler(bff))
app.use(express.json())
app.get('/', (_request, response) => void response.type('html').send(page))

export const server = app.listen(port)

process.once('SIGTERM', () => void shutDown(server, bff))
