import { plane } from "./planes/plane";
import { enlarge } from "./refine/refine";

/** Large enough that edges are drawn anew. */
const [WIDTH, HEIGHT] = [768, 512];
const SIDE = 256;
/** From the third on, the compiler has nothing left to better. */
const ROUNDS = 3;

/** Refines a drawn disc, so that the first photo does not wait until the browser has compiled these loops. */
export function warmUp(): void {
  const pixels = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 7) % 251;
  const matte = plane(SIDE, SIDE);
  for (let i = 0; i < matte.data.length; i++) {
    const far = Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2);
    matte.data[i] = Math.min(1, Math.max(0, (SIDE / 3 - far) / 4));
  }
  for (let round = 0; round < ROUNDS; round++) enlarge({ width: WIDTH, height: HEIGHT, pixels }, matte);
}
