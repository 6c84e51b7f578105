import { MaskPlane } from '../masks/mask-plane.js';

/** An image while it is augmented, with its mask where it has one, and room to write its next state into. */
export class Canvas {
  /** size·size·3 bytes. */
  pixels: Uint8Array;
  /** As many, of no meaning. */
  spare: Uint8Array;
  /** Goes wherever the pixels go. */
  readonly mask: MaskPlane | null;

  constructor(
    /** Height and width. */
    readonly size: number,
    pixels: Uint8Array = new Uint8Array(size * size * 3),
    hasMask = false,
  ) {
    this.mask = hasMask ? new MaskPlane(size) : null;
    this.pixels = pixels;
    this.spare = new Uint8Array(size * size * 3);
  }

  /** What was written into `spare` is the image now. */
  swap(): void {
    [this.pixels, this.spare] = [this.spare, this.pixels];
  }
}
