import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const KINDS: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' blob: data:; style-src 'self'",
};

export interface Site {
  readonly url: string;
  /** What was asked for, with its range. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** A bundle of bytes that is served with ranges; `cutAt` tells after how many of its bytes an answer breaks off. */
export interface Bytes {
  readonly data: Buffer;
  readonly cutAt?: (asked: number) => number | null;
}

/** Answers by hand: true where it did. */
export type Own = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A server like ours, in front of a built folder, on a free port; `bytes` by path go before files. */
export async function serveSite(
  folder: string,
  bytes: Readonly<Record<string, Bytes>> = {},
  own: Own = () => false,
): Promise<Site> {
  const asked: string[] = [];
  const times = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname);
    asked.push(`${request.method} ${path} ${request.headers.range ?? ""}`.trim());
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (own(request, response)) return;
    const given = bytes[path];
    if (given) {
      times.set(path, (times.get(path) ?? 0) + 1);
      return sendBytes(request, response, given, times.get(path)!);
    }
    sendFile(response, join(folder, normalize(path)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}/`, asked, close };
}

function sendFile(response: ServerResponse, file: string): void {
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  const kind = KINDS[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "Content-Type": kind, "Content-Length": statSync(file).size });
  createReadStream(file).pipe(response);
}

function sendBytes(request: IncomingMessage, response: ServerResponse, given: Bytes, time: number): void {
  const { data } = given;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const rest = data.subarray(from);
  const range = from > 0 ? { "Content-Range": `bytes ${from}-${data.length - 1}/${data.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { "Content-Length": rest.length, ...range });
  const cut = given.cutAt?.(time) ?? null;
  if (cut === null) response.end(rest);
  else response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
}
