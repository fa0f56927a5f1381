// The built client over the in-memory API, for states that a stack does not hold still.
// `PUBLIC_URL` is not used.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const CLIENT = fileURLToPath(new URL('..', import.meta.url))
const START_TIMEOUT_SECONDS = 30

/** The ids of the in-memory API (src/testing/api/data.ts). */
export const id = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

async function findFreePort() {
  const server = createServer().listen(0, 'localhost')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilUp(origin, preview) {
  for (const end = Date.now() + START_TIMEOUT_SECONDS * 1000; Date.now() < end; ) {
    if (preview.exitCode !== null) throw new Error(`the preview ended with ${preview.exitCode}`)
    if (await fetch(`${origin}/api/auth/session`).catch(() => null)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the preview does not answer')
}

/** Needs a build. `stop` ends the server. */
export async function servePretend(port) {
  const wanted = String(port ?? (await findFreePort()))
  const preview = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'preview', '--port', wanted, '--strictPort'], {
    cwd: CLIENT,
    env: { ...process.env, PRETEND_API: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stop = () => preview.kill()
  process.once('exit', stop)
  const origin = `http://localhost:${wanted}`
  await untilUp(origin, preview).catch((error) => {
    stop()
    throw error
  })
  return { origin, stop }
}
