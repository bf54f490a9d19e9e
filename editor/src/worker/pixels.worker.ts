import { handlers } from "../pixels/handlers";
import { warmUp } from "../pixels/warm";
import { serve } from "./bridge";
import type { PixelJobs } from "./jobs";

serve<PixelJobs>(handlers);
setTimeout(warmUp); // after what is asked already
