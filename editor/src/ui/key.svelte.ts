const NAME = "alphacut.key";

/** The key of the service that the page came from: kept for this tab, or in this browser where the person wants it. */
export class Key {
  value = $state("");
  /** Whether it outlives the tab. */
  kept = $state(false);
  /** Whether the service has asked for one. */
  asked = $state(false);

  constructor() {
    const kept = stored("localStorage");
    this.kept = kept !== "";
    this.value = kept || stored("sessionStorage");
  }

  use(value: string, keep: boolean): void {
    this.value = value.trim();
    this.kept = keep && this.value !== "";
    store("sessionStorage", keep ? "" : this.value);
    store("localStorage", keep ? this.value : "");
  }
}

type Where = "localStorage" | "sessionStorage";

function stored(where: Where): string {
  try {
    return globalThis[where].getItem(NAME) ?? "";
  } catch {
    return ""; // forbidden: the key is for this page only
  }
}

function store(where: Where, value: string): void {
  try {
    if (value) globalThis[where].setItem(NAME, value);
    else globalThis[where].removeItem(NAME);
  } catch {
    return;
  }
}
