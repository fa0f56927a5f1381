import { expect, test } from 'vitest'
import { de } from './de'
import { en } from './en'

type Tree = { [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): Record<string, string> {
  return Object.entries(tree).reduce<Record<string, string>>((found, [key, value]) => {
    const path = prefix ? `${prefix}.${key}` : key
    return typeof value === 'string' ? { ...found, [path]: value } : { ...found, ...flatten(value, path) }
  }, {})
}

const english = flatten(en as Tree)
const german = flatten(de as Tree)

test('both languages have the same keys', () => {
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort())
})

test('both languages use the same placeholders', () => {
  const holes = (text: string) => [...text.matchAll(/{{\w+}}/g)].map((match) => match[0]).sort()
  const different = Object.keys(english).filter((key) => holes(english[key] ?? '').join() !== holes(german[key] ?? '').join())
  expect(different).toEqual([])
})

test('no text is empty', () => {
  expect(Object.entries({ ...english, ...german }).filter(([, text]) => !text.trim())).toEqual([])
})
