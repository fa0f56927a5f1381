/** The first of the five groups of a UUID: enough to tell ids apart on one page. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}
