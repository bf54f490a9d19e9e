/** Times of the pixel worker's steps for a drawing of 2 megapixels: `npx vitest bench --run src/pixels`. */
import { bench } from "vitest";
import { shrunk } from "./decode/shrink";
import { encodePng } from "./export/png";
import { drawn } from "./fixtures";
import { estimateForeground } from "./foreground/estimate";
import { fromBytes } from "./planes/plane";
import { shrinkPlane } from "./planes/resize";
import { enlarge } from "./refine/refine";
import { solveWithin } from "./refine/solve";

const [WIDTH, HEIGHT] = [1600, 1250];
const { photo, matte } = drawn(WIDTH, HEIGHT);
const alpha = fromBytes(matte.alpha, WIDTH, HEIGHT);
const small = shrinkPlane(alpha, 1024, 800);
const marks = { ...matte, alpha: new Uint8Array(WIDTH * HEIGHT) };
for (let y = 600; y < 630; y++) marks.alpha.fill(255, y * WIDTH + 700, y * WIDTH + 900);
const within = { left: 500, top: 400, right: 1100, bottom: 850 };

const options = { iterations: 5, warmupIterations: 1, time: 0, warmupTime: 0 };
bench("shrink", () => void shrunk(photo, 1024), options);
bench("enlarge", () => void enlarge(photo, small), options);
bench("solve", () => void solveWithin(photo, matte, marks, within), options);
bench("foreground", () => void estimateForeground(photo, alpha), options);
bench("PNG", async () => void (await encodePng(photo, 4)), options);
