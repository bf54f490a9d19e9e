import type { Edges } from "../../document/types";
import type { Plane } from "../planes/plane";
import { contrast, feather, shift } from "./edges";
import { keepLargest, removeSpecks } from "./regions";

/** Keeps the subjects that are asked for; before the foreground is estimated. */
export const chooseRegions = (alpha: Plane, subjects: string, specks: number): Plane =>
  subjects === "largest" ? keepLargest(alpha) : removeSpecks(alpha, specks);

/** Moves, sharpens and softens the edge as asked, in Python's order. */
export const adjustEdges = (alpha: Plane, edges: Edges): Plane =>
  feather(contrast(shift(alpha, edges.shift), edges.contrast), edges.feather);
