import { PLAIN_EDGES, type Document, type Photo } from "../document/types";

/** A document that shows a photo of which nothing is known yet: all of it is subject. */
export function uncut(id: string, photo: Photo): Document {
  const { width, height } = photo;
  const alpha = new Uint8Array(width * height).fill(255);
  return { id, photo, matte: { width, height, alpha }, edges: PLAIN_EDGES, look: {}, doubt: null };
}
