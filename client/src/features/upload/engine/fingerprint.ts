/**
 * Identifies a file that is chosen again to resume its upload: name, size, modification time and a
 * hash of three samples. It is no proof (the server does not trust it), only enough to offer to
 * resume.
 */
const SAMPLE_BYTES = 64 * 1024

export async function fingerprintFile(file: File): Promise<string> {
  const middle = Math.max(0, Math.floor(file.size / 2) - SAMPLE_BYTES / 2)
  const starts = [0, middle, Math.max(0, file.size - SAMPLE_BYTES)]
  const samples = await Promise.all(starts.map((start) => file.slice(start, start + SAMPLE_BYTES).arrayBuffer()))
  const hash = samples.reduce((seed, sample) => hashBytes(new Uint8Array(sample), seed), 0)
  const name = hashBytes(new TextEncoder().encode(file.name), 1)
  return [name.toString(36), file.size.toString(36), file.lastModified.toString(36), hash.toString(36)].join('-')
}

/** cyrb53 (public domain): 53 bits, fast, and unlike SubtleCrypto needs no secure context. */
function hashBytes(bytes: Uint8Array, seed: number): number {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (const byte of bytes) {
    high = Math.imul(high ^ byte, 2654435761)
    low = Math.imul(low ^ byte, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}
