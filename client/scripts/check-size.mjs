// Checks the size budget: the first page loads at most 250 KB gzip, without the player.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const BUDGET_BYTES = 250 * 1024
const dist = new URL('../dist/', import.meta.url)
const html = await readFile(new URL('index.html', dist), 'utf8')
const files = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
let total = 0
for (const file of files) {
  const size = gzipSync(await readFile(new URL(file, dist))).length
  total += size
  console.log(`${(size / 1024).toFixed(1).padStart(7)} KB  ${file}`)
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} KB  in all, ${BUDGET_BYTES / 1024} KB allowed`)
if (total > BUDGET_BYTES) process.exit(1)
