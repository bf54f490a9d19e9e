/** Something that a person can mend: what it is about, what is wrong, and what to do. */
export class PixelError extends Error {
  override readonly name = "PixelError";
  constructor(subject: string, problem: string, remedy = "") {
    super(`${subject}: ${problem}.${remedy ? ` ${remedy}` : ""}`);
  }
}
