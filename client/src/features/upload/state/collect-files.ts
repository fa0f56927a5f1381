/**
 * Files from a drop: single ones, and those in folders, however deep. Where the browser gives
 * handles (File System Access) they are kept: with a handle an upload can resume after a reload
 * without asking for the file.
 */
export interface CollectedFile {
  file: File
  handle?: FileSystemFileHandle
}

/** Not in TypeScript's DOM library yet. */
interface ItemWithHandle {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>
}
interface DirectoryWithValues {
  values: () => AsyncIterable<FileSystemHandle>
}

/** Must be called within the drop event: the browser empties the list afterwards. */
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
  // A reader returns at most a hundred entries at a time, and an empty list at the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!batch.length) return found
    for (const child of batch) found.push(...(await walkEntry(child)))
  }
}
