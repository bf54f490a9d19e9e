/** Files that a person brought in one go, by dropping, pasting or picking; folders with all that is in them. */
export async function filesOf(data: DataTransfer): Promise<File[]> {
  // Both have to be read before the first await: the browser empties them after the event.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...data.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const found = await Promise.all(entries.map((entry) => (entry ? filesUnder(entry) : [])));
  return found.flat().filter(isPicture);
}

/** Whether a file of a folder is worth trying; what is dropped by itself always is, and told about if it is none. */
export const isPicture = (file: File): boolean =>
  file.type.startsWith("image/") || /\.(jpe?g|png|webp|avif|heic|heif|gif|bmp|tiff?)$/i.test(file.name);

/** Whether a file is the one that was taken before, as far as names, sizes and times tell. */
export const isSame = (a: Blob, b: File): boolean =>
  a instanceof File && a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

async function filesUnder(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((give, fail) => (entry as FileSystemFileEntry).file(give, fail))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    // It gives a hundred at a time, and none when there are no more.
    const some = await new Promise<FileSystemEntry[]>((give, fail) => reader.readEntries(give, fail));
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(filesUnder))).flat();
}
