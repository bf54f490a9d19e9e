/** One frame: when it began, how long drawing took, and how long after the frame before (null: the loop had rested). */
export interface Frame {
  readonly at: number;
  readonly work: number;
  readonly since: number | null;
}

/** The last frames, oldest first. */
export class FrameLog {
  readonly #kept: Frame[] = [];

  get all(): readonly Frame[] {
    return this.#kept;
  }

  add(frame: Frame): void {
    this.#kept.push(frame);
    if (this.#kept.length > 1000) this.#kept.shift();
  }

  clear(): void {
    this.#kept.length = 0;
  }
}

/** Asks for animation frames as long as there is something to draw, and for none otherwise. */
export class FrameLoop {
  readonly log = new FrameLog();
  #asked: number | null = null;
  #last: number | null = null;

  /** `draw` says whether it wants another frame. */
  constructor(private readonly draw: (now: number) => boolean) {}

  want(): void {
    this.#asked ??= requestAnimationFrame((now) => this.#run(now));
  }

  /** Draws outside the loop. */
  now(): void {
    if (this.draw(performance.now())) this.want();
  }

  stop(): void {
    if (this.#asked !== null) cancelAnimationFrame(this.#asked);
    this.#asked = this.#last = null;
  }

  #run(now: number): void {
    const started = performance.now();
    this.#asked = null;
    const again = this.draw(now);
    this.log.add({
      at: now,
      work: performance.now() - started,
      since: this.#last === null ? null : now - this.#last,
    });
    this.#last = now;
    if (again) this.want();
    // A frame that nobody asked for by the next one ends the run: the gap that follows is rest, not slowness.
    else requestAnimationFrame((next) => this.#rest(next));
  }

  #rest(next: number): void {
    if (this.#asked === null && this.#last !== null && next > this.#last) this.#last = null;
  }
}
