import { serve } from "./bridge";
import type { MatteJobs } from "./jobs";
import { Cutting } from "./matte/cutting";

// Whoever asks next starts a new worker: only that gives the memory of a broken one back.
const cutting = new Cutting(() => setTimeout(() => self.close()));

serve<MatteJobs>({
  at: async (_, { base, software }) => ({ gives: cutting.at(base, software) }),
  wake: async (signal) => ({ gives: await cutting.wake(signal) }),
  prepare: async (signal, _, progress) => ({ gives: await cutting.prepare(signal, progress) }),
  matte: async (signal, { photo }, progress) => {
    const gives = await cutting.matte(signal, photo, progress);
    return { gives, transfer: [gives.matte.alpha.buffer] };
  },
});
