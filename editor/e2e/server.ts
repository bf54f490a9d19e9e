import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../..", import.meta.url));
const page = join(project, "src/alphacut/server/static/index.html");
const script = fileURLToPath(new URL("serve_tiny.py", import.meta.url));
const own = join(project, ".venv/bin/python");
export const python = process.env["ALPHACUT_PYTHON"] ?? (existsSync(own) ? own : "python3");

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
  const server = await start([script, home, ...flags], /listens on (http:\/\/[^\s/]+)/);
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
  return execFileSync(python, [script, home ?? "", ...words], {
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
  const child = spawn(python, words, { stdio: ["ignore", "pipe", "pipe"] });
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
