import js from '@eslint/js'
import globals from 'globals'
import importX from 'eslint-plugin-import-x'
import { createNodeResolver } from 'eslint-plugin-import-x'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('./src', import.meta.url))
const features = readdirSync(`${src}/features`)

/**
 * Imports go app → features → shared: features do not import each other, and the shared folders
 * import neither.
 */
const zones = [
  ...features.map((name) => ({
    target: `./src/features/${name}`,
    from: './src/features',
    except: [`./${name}`],
    message: 'A feature knows no other feature: compose them in src/app, or share in src/lib and src/components.',
  })),
  { target: './src/features', from: './src/app', message: 'Features know nothing of the app.' },
  {
    target: ['./src/components', './src/lib', './src/locales'],
    from: ['./src/features', './src/app'],
    message: 'Shared code knows neither features nor the app.',
  },
]

export default tseslint.config(
  { ignores: ['dist', 'src/lib/api/schema.ts', 'screenshots', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'import-x': importX, 'react-hooks': reactHooks },
    settings: {
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.tsx', '.js', '.json', '.css'], alias: { '@': [src] } }),
      ],
    },
    languageOptions: { globals: globals.browser },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'import-x/no-restricted-paths': ['error', { basePath: fileURLToPath(new URL('.', import.meta.url)), zones }],
      'import-x/no-cycle': ['error', { maxDepth: 6 }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['src/**/*.tsx'], ...jsxA11y.flatConfigs.strict },
  {
    files: ['src/**/*.tsx'],
    // The route table is one list, however long.
    ignores: ['src/**/*.test.tsx', 'src/testing/**', 'src/app/router.tsx'],
    rules: {
      'max-lines': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      'react-hooks/incompatible-library': 'off',
    },
  },
  {
    files: ['scripts/**', 'e2e/**', '*.config.*', 'src/testing/**', '**/*.test.ts'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { 'no-console': 'off' },
  },
  { files: ['public/**/*.js'], languageOptions: { globals: globals.browser } },
)
