// Writes src/lib/api/schema.ts from docs/openapi.json; with --check it only says whether that is up to date.
import openapiTS, { astToString } from 'openapi-typescript'
import { readFile, writeFile } from 'node:fs/promises'

const source = new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('../src/lib/api/schema.ts', import.meta.url)

/** Takes the defaults out of what is sent: a field with one may be left out there, in an answer it is always present. */
function dropDefaultsOfBodies(document) {
  const { schemas } = document.components
  const seen = new Set()
  const visit = (part) => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return
    seen.add(part)
    if (part.$ref) visit(schemas[part.$ref.split('/').at(-1)])
    for (const field of Object.values(part.properties ?? {})) delete field.default
    Object.values(part).forEach(visit)
  }
  for (const operations of Object.values(document.paths)) Object.values(operations).forEach(({ requestBody }) => visit(requestBody))
  return document
}

const document = dropDefaultsOfBodies(JSON.parse(await readFile(source, 'utf8')))
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
