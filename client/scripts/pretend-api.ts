/**
 * `PRETEND_API=1 npm run preview` (or dev): the built client over the in-memory API of the tests,
 * to look at pages without a stack. Never part of a build.
 */
import { Readable } from 'node:stream'
import type { ServerResponse } from 'node:http'
import { createServer, type Connect, type Plugin } from 'vite'

type Answer = (request: Request) => Promise<Response | undefined>

async function loadAnswer(): Promise<Answer> {
  const loader = await createServer({ server: { middlewareMode: true, hmr: false, ws: false }, appType: 'custom', logLevel: 'error' })
  const { answer } = (await loader.ssrLoadModule('/src/testing/api/pretend.ts')) as { answer: Answer }
  return answer
}

async function toRequest(incoming: Connect.IncomingMessage): Promise<Request> {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) if (value !== undefined) headers.set(name, String(value))
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = chunks.length ? Buffer.concat(chunks) : null
  return new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method ?? 'GET', headers, body })
}

async function send(answer: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body) Readable.fromWeb(answer.body as never).pipe(outgoing)
  else outgoing.end()
}

export function pretendApi(): Plugin {
  const install = (middlewares: Connect.Server) => {
    let loading: Promise<Answer> | null = null
    middlewares.use((incoming, outgoing, next) => {
      if (!/^\/(api|media|video-forge-storage)\//.test(incoming.url ?? '')) return next()
      loading ??= loadAnswer()
      void loading
        .then(async (answer) => await answer(await toRequest(incoming)))
        .then((answer) => (answer ? send(answer, outgoing) : void outgoing.writeHead(404).end()))
        .catch(next)
    })
  }
  return {
    name: 'pretend-api',
    configureServer: ({ middlewares }) => install(middlewares),
    configurePreviewServer: ({ middlewares }) => install(middlewares),
  }
}
