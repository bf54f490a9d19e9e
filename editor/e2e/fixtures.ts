import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type BrowserContext } from "@playwright/test";
import { startProxy, type Proxy } from "./proxy";
import { startServer, type Server } from "./server";

/** What went wrong in the page: words on the console, errors nobody caught, broken policy. */
export interface Troubles {
  readonly seen: string[];
  /** Says that a trouble is what the test wants. */
  allow(pattern: RegExp): void;
}

interface Worker {
  /** One for all tests of a file; a test that stops a server starts its own with `startServer`. */
  server: Server;
}

interface Each {
  /** The server as the page sees it, with what the page sent to it; `page.goto("./")` opens the editor. */
  site: Proxy;
  /** Path of the site under which it is shown: `test.use({ prefix: "/tools/cut/" })`. */
  prefix: string;
  /** Every address that the page asked for. The test fails if one is on another machine. */
  asked: string[];
  /** The test fails if one was seen and not allowed. */
  troubles: Troubles;
  /** Broken rules of accessibility of the page as it is now. */
  axe: () => Promise<string[]>;
}

export const test = base.extend<Each, Worker>({
  server: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  prefix: ["/", { option: true }],
  site: async ({ server, prefix }, use) => {
    const proxy = await startProxy(server.url, prefix);
    await use(proxy);
    await proxy.stop();
  },
  baseURL: async ({ site }, use) => use(site.url),
  asked: [
    async ({ context, baseURL }, use) => {
      const asked: string[] = [];
      context.on("request", (request) => asked.push(request.url()));
      context.on("page", (page) => page.on("websocket", (socket) => asked.push(socket.url())));
      await use(asked);
      expect(asked.filter((address) => isOutside(address, baseURL ?? ""))).toEqual([]);
    },
    { auto: true },
  ],
  troubles: [
    async ({ context }, use) => {
      const allowed: RegExp[] = [];
      const seen = await watch(context);
      await use({ seen, allow: (pattern) => allowed.push(pattern) });
      expect(seen.filter((words) => !allowed.some((pattern) => pattern.test(words)))).toEqual([]);
    },
    { auto: true },
  ],
  axe: async ({ page }, use) => {
    await use(async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    });
  },
});

export { expect };

function isOutside(address: string, home: string): boolean {
  const { protocol, host } = new URL(address);
  return !["blob:", "data:", "about:"].includes(protocol) && host !== new URL(home).host;
}

async function watch(context: BrowserContext): Promise<string[]> {
  const seen: string[] = [];
  await context.exposeFunction("tellTrouble", (words: string) => seen.push(words));
  await context.addInitScript(() => {
    const tell = (globalThis as unknown as { tellTrouble: (words: string) => void }).tellTrouble;
    document.addEventListener("securitypolicyviolation", (event) =>
      tell(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  context.on("console", (message) => {
    if (message.text().includes("GL Driver Message")) return; // graphics in software, slow when it is photographed
    if (["error", "warning"].includes(message.type())) seen.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => seen.push(`error: ${error.error().message}`));
  return seen;
}
