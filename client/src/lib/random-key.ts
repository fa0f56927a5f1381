/** 128 random bits as hex; crypto.randomUUID is missing where a page comes over plain HTTP from another machine. */
export function makeRandomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
