import type { Edges } from "../../document/types";
import type { Plane } from "../planes/plane";
import { contrast, feather, shift } from "./edges";

/** Moves, sharpens and softens the edge as asked, in Python's order. */
export const adjustEdges = (alpha: Plane, edges: Edges): Plane =>
  feather(contrast(shift(alpha, edges.shift), edges.contrast), edges.feather);
