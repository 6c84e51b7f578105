import { startAt } from '../start-at.js';
import type { LabelledImages } from './labelled-source.js';

/** The images of several files as those of one split, file by file. */
export function joinedImages(files: readonly LabelledImages[]): LabelledImages {
  const starts: number[] = [];
  let count = 0;
  for (const { labels } of files) {
    starts.push(count);
    count += labels.length;
  }
  const places = new Map<string, number>();
  const labels = new Uint32Array(count);
  files.forEach((file, f) => {
    const own = file.texts.map((text) => {
      const place = places.get(text) ?? places.size;
      places.set(text, place);
      return place;
    });
    file.labels.forEach((label, i) => (labels[starts[f]! + i] = own[label]!));
  });
  const at = <T>(index: number, take: (file: LabelledImages, inside: number) => T): T => {
    const f = startAt(starts, index);
    return take(files[f]!, index - starts[f]!);
  };
  return {
    labels,
    texts: [...places.keys()],
    name: (index) => at(index, (file, inside) => file.name(inside)),
    stamp: (index) => at(index, (file, inside) => file.stamp(inside)),
    encoded: (index) => at(index, (file, inside) => file.encoded(inside)),
    ...(files.every(({ place }) => place !== undefined)
      ? { place: (index: number) => at(index, (file, inside) => file.place!(inside)) }
      : {}),
  };
}
