/** Which pixels a loop goes over: work that is needed in a narrow band only is done there only. */

/** Rows of pixels that follow each other: the first's place and the one's after the last, in turn. */
export type Runs = Int32Array;

/** The runs of a mask, their places in an array that has `rim` more pixels on each side. */
export function runsOf(mask: ArrayLike<number>, width: number, height: number, rim: number): Runs {
  const found: number[] = [];
  const stride = width + 2 * rim;
  for (let y = 0; y < height; y++) {
    const shift = (y + rim) * stride + rim - y * width;
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) {
      if (!mask[i]) continue;
      const first = i;
      while (i < end && mask[i]) i++;
      found.push(first + shift, i + shift);
    }
  }
  return Int32Array.from(found);
}
