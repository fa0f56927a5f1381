/** The first of an id's five groups: enough to tell two apart on one page. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}
