import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a page sent to its own server. */
export interface Sent {
  readonly method: string;
  /** Below the prefix. */
  readonly path: string;
  readonly body: Buffer;
}

/** A reverse proxy that shows a server under a path, and keeps what it was sent. */
export interface Proxy {
  readonly url: string;
  readonly sent: Sent[];
  stop(): Promise<void>;
}

/** Browsers tell a debugger nothing of bodies that are Blobs, so they are counted here, where they arrive. */
export async function startProxy(target: string, prefix = "/"): Promise<Proxy> {
  const sent: Sent[] = [];
  const server = createServer((asked, answer) => {
    if (!asked.url?.startsWith(prefix)) return void answer.writeHead(404).end();
    const path = `/${asked.url.slice(prefix.length)}`;
    const chunks: Buffer[] = [];
    asked.on("data", (chunk: Buffer) => chunks.push(chunk));
    asked.on("end", () => {
      const body = Buffer.concat(chunks);
      sent.push({ method: asked.method ?? "", path, body });
      forward(new URL(path, target), asked, body, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}${prefix}`, sent, stop };
}

function forward(url: URL, asked: IncomingMessage, body: Buffer, answer: ServerResponse): void {
  const headers = { ...asked.headers, host: url.host };
  const onward = request(url, { method: asked.method, headers }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers);
    got.pipe(answer);
  });
  onward.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  answer.on("close", () => onward.destroy());
  onward.end(body);
}
