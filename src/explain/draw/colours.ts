export type Colour = readonly [red: number, green: number, blue: number];

/** A colour for each number from 0 to 1. */
export type Scale = (share: number) => Colour;

/** Dark violet to yellow, told apart by colour-blind readers and in grey (matplotlib's viridis, at nine places). */
export const viridis = scaleOf('440154 472c7a 3b518b 2c718e 21908d 27ad81 5cc863 aadc32 fde725');

/** Black over red to pale yellow (matplotlib's inferno, at nine places). */
export const inferno = scaleOf('000004 210c4a 57106e 8a226a bc3754 e45a31 f98e09 f9cb35 fcffa4');

/** Blue below the middle, white there, red above (ColorBrewer's RdBu, turned). */
export const blueToRed = scaleOf('2166ac 67a9cf d1e5f0 f7f7f7 fddbc7 ef8a62 b2182b');

/** What is NaN or infinite. */
export const notANumber: Colour = [255, 0, 255];

// --- internal ---

function scaleOf(anchors: string): Scale {
  const colours = anchors.split(' ').map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  return (share) => {
    const at = Math.min(1, Math.max(0, share)) * (colours.length - 1);
    const below = Math.min(colours.length - 2, Math.floor(at));
    const part = at - below;
    const mixed = colours[below]!.map((level, i) =>
      Math.round(level * (1 - part) + colours[below + 1]![i]! * part),
    );
    return mixed as unknown as Colour;
  };
}
