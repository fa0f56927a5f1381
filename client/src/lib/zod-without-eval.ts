// Imported before any schema: zod asks at a schema's making whether it may compile code, and the question alone
// is a violation of our Content-Security-Policy that the browser reports on every page.
import { z } from 'zod'

z.config({ jitless: true })
