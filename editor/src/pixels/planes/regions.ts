/** What hangs together: each pixel's region, from 1, over 8 neighbours; 0 where the mask is 0. */
export interface Regions {
  readonly labels: Int32Array;
  readonly count: number;
}

export function regions(mask: Uint8Array, width: number, height: number): Regions {
  const labels = new Int32Array(mask.length);
  const parents = [0];
  const root = (label: number): number => {
    while (parents[label] !== label) label = parents[label] = parents[parents[label]!]!;
    return label;
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!mask[at]) continue;
      let label = x > 0 ? labels[at - 1]! : 0;
      for (let i = Math.max(0, x - 1); y > 0 && i <= Math.min(width - 1, x + 1); i++) {
        const other = labels[at - width - x + i]!;
        if (other && label && other !== label) parents[root(other)] = root(label);
        label ||= other;
      }
      labels[at] = label || parents.push(parents.length) - 1;
    }
  const names = new Int32Array(parents.length);
  let count = 0;
  for (let i = 0; i < labels.length; i++) {
    if (!labels[i]) continue;
    const found = root(labels[i]!);
    labels[i] = names[found] ||= ++count;
  }
  return { labels, count };
}
