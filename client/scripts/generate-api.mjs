// Writes schema.ts, formats.ts, vocabulary.ts and the English texts of problem codes from
// docs/openapi.json. With --check it only verifies that they are up to date.
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

/**
 * The lists and limits of the API that the pages need as values: lengths in characters, counts in
 * items. A field that is gone from the document ends this script with a TypeError.
 */
function renderVocabulary({ 'x-passwords': passwords, 'x-upload-types': uploadTypes, components }) {
  const { Video, JobView, TaskAnswer, PatchVideo, ListVideos, ChangeVideos, JobChange } = components.schemas
  const lists = {
    VISIBILITIES: Video.properties.visibility.enum,
    VIDEO_STATUSES: Video.properties.status.enum,
    JOB_STATUSES: JobView.properties.status.enum,
    TASK_STATUSES: TaskAnswer.properties.status.enum,
    UPLOAD_TYPES: uploadTypes,
  }
  const { title, description, tags } = PatchVideo.properties
  const limits = {
    passwordMinCharacters: passwords.min_characters,
    titleCharacters: title.maxLength,
    descriptionCharacters: description.maxLength,
    tags: tags.maxItems,
    tagCharacters: tags.items.maxLength,
    searchCharacters: ListVideos.properties.q.maxLength,
    pageItems: ListVideos.properties.limit.maximum,
    idsPerChange: ChangeVideos.properties.ids.maxItems,
    lowestPriority: JobChange.properties.priority.minimum,
    highestPriority: JobChange.properties.priority.maximum,
  }
  const arrays = Object.entries(lists).map(([name, values]) => `export const ${name} = [${values.map((value) => JSON.stringify(value)).join(', ')}] as const\n`)
  const rows = Object.entries(limits).map(([name, value]) => `  ${name}: ${value.toString()},\n`)
  const signs = `/** The signs that count in a password. */\nexport const PASSWORD_SIGNS = ${JSON.stringify(passwords.signs)}\n`
  return `${arrays.join('')}${signs}\nexport const LIMITS = {\n${rows.join('')}} as const\n`
}

/** The English text of every problem code; the other languages are held complete by a test. */
function renderProblems(problems) {
  const texts = Object.entries(problems).map(([code, { title, hint }]) => [code, { title, hint }])
  return JSON.stringify(Object.fromEntries(texts), null, 2) + '\n'
}

const files = {
  'lib/api/schema.ts': head + astToString(ast),
  'lib/api/formats.ts': head + renderFormats(document['x-formats']),
  'lib/api/vocabulary.ts': head + renderVocabulary(document),
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
