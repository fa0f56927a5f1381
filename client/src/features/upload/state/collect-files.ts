/**
 * Files from a drop: single ones, and all in folders, however deep. Where the browser gives handles
 * (File System Access), they are kept: with one an upload can go on after a reload without asking again.
 */
export interface CollectedFile {
  file: File
  handle?: FileSystemFileHandle
}

/** Not in TypeScript's library yet. */
interface ItemWithHandle {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>
}
interface DirectoryWithValues {
  values: () => AsyncIterable<FileSystemHandle>
}

/** Must be called within the drop event: afterwards the browser has emptied its list. */
export async function collectFiles(transfer: DataTransfer): Promise<CollectedFile[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file')
  const asked = items.map((item) => ({
    handle: (item as DataTransferItem & ItemWithHandle).getAsFileSystemHandle?.().catch(() => null),
    entry: item.webkitGetAsEntry?.() ?? null,
    file: item.getAsFile(),
  }))
  const found = await Promise.all(
    asked.map(async ({ handle, entry, file }) => {
      const known = await handle
      if (known) return await walkHandle(known)
      if (entry?.isDirectory) return await walkEntry(entry)
      return file ? [{ file }] : []
    }),
  )
  return found.flat()
}

async function walkHandle(handle: FileSystemHandle): Promise<CollectedFile[]> {
  if (handle.kind === 'file') {
    const fileHandle = handle as FileSystemFileHandle
    return [{ file: await fileHandle.getFile(), handle: fileHandle }]
  }
  const found: CollectedFile[] = []
  for await (const child of (handle as unknown as DirectoryWithValues).values()) found.push(...(await walkHandle(child)))
  return found
}

async function walkEntry(entry: FileSystemEntry): Promise<CollectedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: CollectedFile[] = []
  // A reader gives at most a hundred entries at a time, and an empty list at the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!batch.length) return found
    for (const child of batch) found.push(...(await walkEntry(child)))
  }
}
