// Writes src/lib/api/schema.ts from docs/openapi.json; with --check it only says whether that is up to date.
import openapiTS, { astToString } from 'openapi-typescript'
import { readFile, writeFile } from 'node:fs/promises'

const document = new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('../src/lib/api/schema.ts', import.meta.url)

const ast = await openapiTS(document, { alphabetize: true, exportType: true })
const head = '// Made from docs/openapi.json by `npm run api:generate`. Do not edit.\n\n'
const wanted = head + astToString(ast)

if (process.argv.includes('--check')) {
  const found = await readFile(target, 'utf8').catch(() => '')
  if (found !== wanted) {
    console.error('src/lib/api/schema.ts does not fit docs/openapi.json: run `npm run api:generate`.')
    process.exit(1)
  }
} else {
  await writeFile(target, wanted)
}
