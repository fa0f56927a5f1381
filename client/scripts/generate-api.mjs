// Writes schema.ts, formats.ts and the English texts of problem codes from docs/openapi.json. With
// --check it only verifies that they are up to date.
import openapiTS, { astToString } from 'openapi-typescript'
import { readFile, writeFile } from 'node:fs/promises'

const source = new URL('../../docs/openapi.json', import.meta.url)
const folder = new URL('../src/', import.meta.url)

/**
 * Removes the defaults from request bodies: a field with a default is optional in a request, but
 * always present in a response.
 */
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

/**
 * The format table as a constant, largest first: the names that can be requested, and the box of
 * each in pixels.
 */
function renderFormats(formats) {
  const rows = formats.map(({ name, long_side, short_side }) => `  { format: '${name}', longSide: ${long_side}, shortSide: ${short_side} },\n`)
  return `export const FORMATS = [\n${rows.join('')}] as const\n`
}

/** The English text of every problem code; the other languages are held complete by a test. */
function renderProblems(problems) {
  const texts = Object.entries(problems).map(([code, { title, hint }]) => [code, { title, hint }])
  return JSON.stringify(Object.fromEntries(texts), null, 2) + '\n'
}

const files = {
  'lib/api/schema.ts': head + astToString(ast),
  'lib/api/formats.ts': head + renderFormats(document['x-formats']),
  'locales/en/problem-codes.json': renderProblems(document['x-problems']),
}
for (const [name, wanted] of Object.entries(files)) {
  const target = new URL(name, folder)
  if (!process.argv.includes('--check')) {
    await writeFile(target, wanted)
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== wanted) {
    console.error(`src/${name} does not fit docs/openapi.json: run \`npm run api:generate\`.`)
    process.exitCode = 1
  }
}
