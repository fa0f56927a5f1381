import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { pretendApi } from './scripts/pretend-api.ts'

/**
 * The stack's public origin (`make up`); `make dev` proxies everything there except the page
 * itself.
 */
const edge = process.env.PUBLIC_URL ?? 'http://localhost:8080'
const behindEdge = { target: edge, changeOrigin: false, headers: { origin: edge } }

export default defineConfig({
  plugins: [react(), tailwindcss(), ...(process.env.PRETEND_API ? [pretendApi()] : [])],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    proxy: { '/api': behindEdge, '/media': behindEdge, '/video-forge-storage': behindEdge },
  },
  build: {
    target: 'es2022',
    // Nothing is inlined: the Content-Security-Policy allows no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'http://localhost:3000/' } },
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 90_000,
    // The two cores are shared with the rest of the stack's tests.
    maxWorkers: 2,
  },
})
