import { handlers } from "../pixels/handlers";
import { serve } from "./bridge";
import type { PixelJobs } from "./jobs";

serve<PixelJobs>(handlers);
