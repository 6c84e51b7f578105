import { imageExtensions } from '../../formats/decode-image.js';
import { labelText, shownValue } from '../../formats/samples/label-text.js';
import type { ProblemList } from '../../formats/samples/problem-list.js';
import type { TarMember } from '../../formats/tar/tar-members.js';
import { unreadFormat } from '../../formats/unread-formats.js';
import { shellWord } from '../../../util/shell-words.js';

/** Where in a sample its image and its label are. */
export interface SampleLayout {
  /** Extension of the member with the label, in lower case; of a JSON text also the way to the field. */
  readonly label: { readonly extension: string; readonly field: readonly string[] };
  /** Extension of the member with the image, in lower case; null: whichever is one of an image. */
  readonly image: string | null;
}

/** What `data.shards` says of it: `cls`, or `json.label`. */
export function sampleLayout(label: string, image: string | null): SampleLayout {
  const plain = (extension: string): string => extension.replace(/^\./, '').toLowerCase();
  const [, text, field] = /^\.?((?:[^.]+\.)*?json)\.(.+)$/i.exec(label) ?? [null, label, undefined];
  return {
    label: { extension: plain(text!), field: field === undefined ? [] : field.split('.') },
    image: image === null ? null : plain(image),
  };
}

/** An image of a shard and its label. */
export interface Sample {
  readonly key: string;
  readonly offset: number;
  readonly size: number;
  readonly label: string;
}

/** As webdataset's base_plus_ext: the key goes up to the first dot of the name, and its folders belong to it. */
export function splitMember(path: string): { readonly key: string; readonly extension: string } | null {
  const match = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/s.exec(path);
  return match === null ? null : { key: match[1]!, extension: match[2]!.toLowerCase() };
}

/**
 * The samples of a shard in the order in which their keys come up; members of a sample need not stand together.
 *
 * @param read the bytes of a member
 * @param where a member is, for messages
 */
export function samplesOf(
  members: Iterable<TarMember>,
  layout: SampleLayout,
  read: (member: TarMember) => Buffer,
  where: (key: string) => string,
  problems: ProblemList,
): Sample[] {
  const started = new Map<string, Started>();
  for (const member of members) {
    const name = splitMember(member.path);
    if (member.kind === 'folder' || name === null) continue;
    const { key, extension } = name;
    const sample = started.get(key) ?? { image: null, label: null, isTold: false, extensions: [] };
    started.set(key, sample);
    if (sample.extensions.includes(extension)) {
      problems.add({
        what: `a second member .${extension} of the key ${key}`,
        where: where(key),
        try: 'give each image a key of its own in its shard',
      });
      continue;
    }
    sample.extensions.push(extension);
    const isImage =
      layout.image === null
        ? imageExtensions.has(`.${extension.split('.').at(-1)}`) && extension !== layout.label.extension
        : extension === layout.image;
    const isLabel = extension === layout.label.extension;
    if ((isImage || isLabel) && member.kind === 'other') {
      sample.isTold = true;
      problems.add({
        what: `the member .${extension} of the key ${key} is a link or a device, and has no bytes of its own`,
        where: where(key),
        try: 'pack the files that links lead to: tar --dereference --hard-dereference',
      });
    } else if (isImage) {
      if (sample.image === null) sample.image = { member, extension };
      else
        problems.add({
          what: `two images of the key ${key}: .${sample.image.extension} and .${extension}`,
          where: where(key),
          try: `say which one is meant: --set data.shards.image=${shellWord(sample.image.extension)}`,
        });
    } else if (isLabel) {
      sample.label = member;
    }
  }
  const all = [...started];
  const [first] = all;
  if (all.length > 1 && all.every(([, { label }]) => label === null)) {
    // The labels are elsewhere: a thousand keys without one are one problem.
    const { extensions } = first![1];
    problems.add({
      what: `none of its ${all.length.toLocaleString('en-US')} keys has a label: no member .${layout.label.extension}, but ${listed(extensions)}`,
      where: where(first![0]),
      try: whereLabelsAre(extensions),
    });
    return [];
  }
  return all.flatMap(([key, sample]) => {
    if (sample.isTold) return [];
    const label = labelOf(key, sample, layout, read, where, problems);
    const image = imageOf(key, sample, layout, where, problems);
    if (label === null || image === null) return [];
    return [{ key, offset: image.offset, size: image.size, label }];
  });
}

// --- internal ---

interface Started {
  image: { readonly member: TarMember; readonly extension: string } | null;
  label: TarMember | null;
  /** Something is wrong with it, and told. */
  isTold: boolean;
  readonly extensions: string[];
}

function listed(extensions: readonly string[]): string {
  return extensions.map((extension) => `.${extension}`).join(', ');
}

/** What to do where the member with the label is not there. */
function whereLabelsAre(extensions: readonly string[]): string {
  const other = extensions.find((extension) => !imageExtensions.has(`.${extension.split('.').at(-1)}`));
  if (other === undefined)
    return 'pack the labels with the images: KEY.cls, with the number or the name of a class';
  const isJson = other.split('.').at(-1) === 'json';
  return `say where labels are: --set data.shards.label=${shellWord(other)}${isJson ? '.label, or another field of it' : ''}`;
}

/** A label is a number or a name. */
const mostLabelBytes = 1024;
const mostJsonBytes = 16 * 1024 * 1024;

function imageOf(
  key: string,
  { image, extensions }: Started,
  { image: wanted }: SampleLayout,
  where: (key: string) => string,
  problems: ProblemList,
): TarMember | null {
  if (image !== null) return image.member;
  const there = listed(extensions);
  const unread = extensions.map((extension) => unreadFormat(`x.${extension}`)).find(Boolean);
  problems.add({
    what:
      wanted !== null
        ? `the key ${key} has no member .${wanted}, but ${there}`
        : unread === undefined
          ? `the key ${key} has no image, but ${there}`
          : `the image of the key ${key} is ${unread.name}, which is not read (${there})`,
    where: where(key),
    try:
      unread === undefined
        ? `pack it again; images are ${[...imageExtensions].join(' ')}, and data.shards.image names any other extension`
        : `convert the images and pack them again: ${unread.convert}`,
  });
  return null;
}

function labelOf(
  key: string,
  { label, extensions }: Started,
  { label: { extension, field } }: SampleLayout,
  read: (member: TarMember) => Buffer,
  where: (key: string) => string,
  problems: ProblemList,
): string | null {
  const add = (what: string, advice?: string): null => {
    problems.add({ what, where: where(key), try: advice });
    return null;
  };
  if (label === null) {
    return add(
      `the key ${key} has no label: no member .${extension}, but ${listed(extensions)}`,
      whereLabelsAre(extensions),
    );
  }
  if (label.size > (field.length === 0 ? mostLabelBytes : mostJsonBytes))
    return add(
      `the label of the key ${key} has ${label.size.toLocaleString('en-US')} bytes: that is no label`,
    );
  const text = read(label).toString('utf8').trim();
  if (field.length === 0) {
    if (text !== '' && !text.includes('\n')) return text;
    return add(`the label of the key ${key} is ${text === '' ? 'empty' : 'more than one line'}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return add(`the .${extension} of the key ${key} is no JSON: ${(error as Error).message}`);
  }
  for (const name of field) {
    value =
      value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined;
  }
  const asText = labelText(value);
  if (asText !== null) return asText;
  return value === undefined
    ? add(
        `the .${extension} of the key ${key} has no field ${field.join('.')}`,
        `say which field it is: --set data.shards.label=${shellWord(extension)}.FIELD`,
      )
    : add(`the field ${field.join('.')} of the key ${key} is no label: ${shownValue(value)}`);
}
