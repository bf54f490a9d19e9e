import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestInfo } from "@playwright/test";

const project = fileURLToPath(new URL("../..", import.meta.url));
const page = join(project, "src/alphacut/server/static/index.html");
const tiny = fileURLToPath(new URL("serve_tiny.py", import.meta.url));
const own = join(project, ".venv/bin/python");
export const python = process.env["ALPHACUT_PYTHON"] ?? (existsSync(own) ? own : "python3");
/** Where Python finds the package; no test fetches anything. */
export const env = {
  ...process.env,
  PYTHONPATH: [join(project, "src"), process.env["PYTHONPATH"]].filter(Boolean).join(delimiter),
  ALPHACUT_OFFLINE: "1",
};

/** What a script of this folder prints. */
export function run(script: string, ...words: string[]): string {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return String(execFileSync(python, [path, ...words], { env }));
}

export interface Server {
  readonly url: string;
  /** Folder of a service, and of nothing else. */
  readonly home?: string;
  /** Ends it gently, or at once; more than once is fine. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Starts a real `alphacut serve`, whose network says the mean of the channels; `flags` are its own. */
export async function startServer(...flags: string[]): Promise<Server> {
  if (!existsSync(page)) throw new Error("The editor is not built; say `npm run build` first.");
  const home = await mkdtemp(join(tmpdir(), "alphacut-e2e-"));
  return serving(home, [tiny, home, ...flags]);
}

/** Starts it with the network that everybody gets, from this user's own home. */
export async function startOwn(): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), "alphacut-e2e-"));
  return serving(home, ["-m", "alphacut", "serve", "--port=0", `--folder=${home}`]);
}

/** Skips a test whose weights this user's home lacks, for tests fetch none; says so, since reporters do not. */
export function need(info: TestInfo, models: readonly string[]): void {
  if (!models.length) return;
  const told = execFileSync(python, ["-m", "alphacut", "models", "list", "--json"], { env });
  const rows = JSON.parse(String(told)) as { name: string; here: boolean }[];
  const lacks = models.filter((name) => !rows.some((row) => row.name === name && row.here));
  const why = `not in this user's home: ${lacks.join(", ")} (alphacut models pull)`;
  if (lacks.length) console.log(`left out: ${info.titlePath.join(" › ")}; ${why}`);
  info.skip(lacks.length > 0, why);
}

async function serving(home: string, words: string[]): Promise<Server> {
  const server = await start(words, /listens on (http:\/\/[^\s/]+)/);
  await ready(server.url).catch(async (error: unknown) => {
    await server.stop("SIGKILL");
    throw error;
  });
  const stop: Server["stop"] = async (signal) => {
    await server.stop(signal);
    await rm(home, { recursive: true, force: true });
  };
  return { url: server.url, home, stop };
}

/** Makes a key of a service, as `alphacut keys new` does; `flags` are its own. */
export function newKey({ home }: Server, name: string, ...flags: string[]): string {
  const words = ["keys", "new", name, `--folder=${home}/own`, ...flags];
  return execFileSync(python, [tiny, home ?? "", ...words], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** Starts Python's plain server of files, which knows nothing of the page's headers. */
export async function startFiles(folder: string): Promise<Server> {
  const words = ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder];
  return start(words, /\((http:\/\/[^\s/]+)/);
}

/** Runs Python until it says its address, the first group of the pattern. */
function start(words: string[], pattern: RegExp): Promise<Server> {
  const child = spawn(python, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop: Server["stop"] = (signal = "SIGTERM") => {
    child.kill(signal);
    return ended;
  };
  let heard = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        heard += text;
        const url = pattern.exec(heard)?.[1];
        if (url) resolve({ url, stop });
      });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the server ended: ${heard}`)));
  });
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${url}/ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("alphacut serve is not ready after 30 s");
}
