import { basename, dirname, join } from 'node:path';
import type { Problem } from '../../util/errors.js';
import { imageExtensions } from './decode-image.js';
import type { ClassTree } from './class-folder.js';
import { conversionOfAll } from './unread/conversion.js';
import { grouped } from './grouped.js';
import { unreadFormat } from './unread-formats.js';

const shownProblems = 10;

/** A tree and the split that it is. */
export interface SplitTree {
  readonly split: 'train' | 'validation' | 'test';
  readonly tree: ClassTree;
}

/** What is wrong with the class folders of the splits, train first, all at once; notes about what is only odd. */
export function treeProblems(trees: readonly SplitTree[]): {
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
} {
  const [train, ...others] = trees.map(({ tree }) => tree);
  const shared = sharedImages(trees);
  const found = trees.flatMap(({ tree }) => [...tree.problems, ...emptyFolders(tree)]);
  const problems = [...found, ...tooFew(train!), ...otherClasses(train!, others), ...shared.problems];
  const more = problems.length - shownProblems;
  return {
    problems:
      more > 0 ? [...problems.slice(0, shownProblems), { what: `… and ${more} more problems` }] : problems,
    notes: [...sameButForCase(train!), ...shared.notes],
  };
}

// --- internal ---

/** Whether something wrong with a folder, or with what is in it, is told already. */
function isTold(tree: ClassTree, folder: string, which: 'itself' | 'all' = 'all'): boolean {
  return tree.problems.some(
    ({ where }) => where === folder || (which === 'all' && where?.startsWith(`${folder}/`)),
  );
}

function tooFew(train: ClassTree): Problem[] {
  const { length } = train.classes;
  if (length >= 2 || train.problems.length > 0) return [];
  const below = new Set(
    train.classes.flatMap(({ paths }) =>
      Array.from(paths.ends, (_, i) => paths.at(i)).filter((path) => path.includes('/')),
    ),
  );
  const inner = new Set([...below].map((path) => path.slice(0, path.indexOf('/'))));
  const only = train.classes[0]?.name;
  return [
    {
      what: `expected a folder for each of at least two classes, found ${length}`,
      where: train.dir,
      try:
        inner.size < 2
          ? undefined
          : `are ${listed([...inner])} the classes? Then move them up, out of ${only}/`,
    },
  ];
}

function emptyFolders(tree: ClassTree): Problem[] {
  return tree.classes.flatMap(({ name, paths }) => {
    const where = join(tree.dir, name);
    if (paths.count > 0 || isTold(tree, where)) return [];
    const unread = tree.unread.filter((path) => path.startsWith(`${name}/`));
    if (unread.length === 0) {
      const advice = `add images (${[...imageExtensions].join(' ')}) or remove the folder`;
      return [{ what: `the class folder ${name} holds no image`, where, try: advice }];
    }
    const format = unreadFormat(unread[0]!)!;
    const what = `the class folder ${name} holds no image that is read, but ${unread.length} of ${format.name}`;
    const files = unread.map((path) => join(tree.dir, path)).filter((path) => unreadFormat(path) === format);
    return [{ what, where, try: `convert them: ${conversionOfAll(format.convert, files, [where])}` }];
  });
}

function otherClasses(train: ClassTree, others: readonly ClassTree[]): Problem[] {
  const names = train.classes.map((folder) => folder.name);
  const plain = new Map(names.map((name) => [plainName(name), name]));
  return others.flatMap((tree) => {
    if ([train, tree].some((each) => isTold(each, each.dir, 'itself'))) return [];
    const here = tree.classes.map((folder) => folder.name);
    // What could not be read is told, and lacks nothing.
    const without = names.filter((name) => !here.includes(name) && !isTold(tree, join(tree.dir, name)));
    const extra = here.filter((name) => !names.includes(name) && !isTold(train, join(train.dir, name)));
    if (without.length === 0 && extra.length === 0) return [];
    const parts = [
      ...(without.length > 0 ? [`lacks ${listed(without)}`] : []),
      ...(extra.length > 0 ? [`has ${listed(extra)}, which train lacks`] : []),
    ];
    const alike = extra.filter((name) => plain.has(plainName(name)));
    const spelling = `the same name is spelt with other characters there (${listed(alike)}): copy it from train`;
    return [
      {
        what: `the classes differ from those of train: it ${parts.join(' and ')}`,
        where: tree.dir,
        try: alike.length > 0 ? spelling : `give it the same class folders as ${train.dir}`,
      },
    ];
  });
}

/** Names that look alike are the same here: é in one character or in two, capital or not, with a space at an end. */
function plainName(name: string): string {
  return name.normalize('NFC').toLowerCase().trim();
}

/** Two classes here, one where capitals do not count. */
function sameButForCase(train: ClassTree): string[] {
  const groups = grouped(
    train.classes.map(({ name }) => name),
    plainName,
  );
  return [...groups.values()]
    .filter((names) => names.length > 1)
    .map((names) => `the classes "${names.join('" and "')}" look alike: are they one?`);
}

interface Owner {
  readonly split: SplitTree['split'];
  readonly name: string;
  readonly path: string;
}

/** Images that links bring into two classes, or into two splits: refused, but for validation that is test. */
function sharedImages(trees: readonly SplitTree[]): { problems: Problem[]; notes: string[] } {
  const problems = new Map<string, Problem>();
  const notes = new Map<string, string>();
  const owners = new Map<string, Owner>();
  const meet = (real: string, own: Owner, other: Owner): void => {
    if (other.split === own.split && other.name === own.name) return;
    const both = `class ${other.name} of ${other.split} and class ${own.name} of ${own.split}`;
    if (own.split !== other.split && other.name === own.name && ![own.split, other.split].includes('train')) {
      notes.set('', 'validation and test have images in common, by links');
      return;
    }
    if (problems.has(both)) return;
    // The link is what is wrong, where one of them is no link.
    const [link, second] = own.path === real ? [other, own] : [own, other];
    problems.set(both, {
      what: `the same images are in ${both}: ${real}`,
      where: link.path,
      try: `remove one of the two; the other is ${second.path}`,
    });
  };
  for (const { split, tree } of trees) {
    for (const { name, folders } of tree.classes) {
      for (const [real, path] of folders) {
        const own = { split, name, path: join(tree.dir, path) };
        const other = owners.get(real);
        if (other === undefined) owners.set(real, own);
        else meet(real, own, other);
      }
    }
  }
  const files = new Map<string, Owner>();
  for (const { split, tree } of trees) {
    for (const { name, paths, links } of tree.classes) {
      for (const [index, link] of links) {
        const own = { split, name, path: join(tree.dir, name, paths.at(index)) };
        const folder = owners.get(dirname(link));
        const other = folder ? { ...folder, path: join(folder.path, basename(link)) } : files.get(link);
        if (other === undefined) files.set(link, own);
        else meet(link, own, other);
      }
    }
  }
  return { problems: [...problems.values()], notes: [...notes.values()] };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, shownProblems).join(', ');
  return names.length > shownProblems ? `${shown} and ${names.length - shownProblems} more` : shown;
}
