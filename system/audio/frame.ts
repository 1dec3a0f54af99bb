/** The smallest unit of a container that stands alone: a page of Ogg, an element of WebM. */
export interface Frame {
  /** How many bytes of the stream it takes. */
  readonly length: number;
  /** What a demuxer is to see of it. */
  readonly bytes: Uint8Array;
  /** Whether a file of its own begins here. Files one after another happen when a client starts its recorder again. */
  readonly begins: boolean;
}

/**
 * Finds the frame that a buffer begins with. `incomplete`: the buffer ends before the frame, or its header, does;
 * `foreign`: that is no frame.
 */
export type FindFrame = (buffer: Buffer) => Frame | "incomplete" | "foreign";
