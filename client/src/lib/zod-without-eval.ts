// Imported before any schema: zod tests whether it may compile code when a schema is created, and
// that test alone violates our Content-Security-Policy, which the browser reports on every page.
import { z } from 'zod'

z.config({ jitless: true })
