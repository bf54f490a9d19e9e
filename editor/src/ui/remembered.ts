/** Small choices that outlive a reload, in the browser's local storage; where there is none, for this page only. */
export function remembered<T extends object>(name: string, initial: T): T {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`alphacut.${name}`) ?? "null");
    if (!kept || typeof kept !== "object") return initial;
    // Only what is known and of the same kind: another version of the page may have written it.
    const known = Object.entries(kept).filter(
      ([key, value]) => typeof value === typeof initial[key as keyof T],
    );
    return { ...initial, ...Object.fromEntries(known) };
  } catch {
    return initial;
  }
}

export function remember(name: string, values: object): void {
  try {
    localStorage.setItem(`alphacut.${name}`, JSON.stringify(values));
  } catch {
    return; // full or forbidden: it is a convenience
  }
}
