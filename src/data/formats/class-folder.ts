import { basename, dirname, extname, join, sep } from 'node:path';
import type { Problem } from '../../util/errors.js';
import { byCodePoint } from '../source.js';
import { imageExtensions } from './decode-image.js';
import { unreadFormat } from './unread-formats.js';
import { packStrings, type PackedStrings } from '../index/packed-strings.js';
import { readFolder, type FolderEntry, type FolderWitness } from './read-folder.js';

/** The images of one class. */
export interface ClassFolder {
  readonly name: string;
  /** The paths of its images within it, sorted by code point. */
  readonly paths: PackedStrings;
  /** The real paths of those images that are links. */
  readonly links: ReadonlyMap<number, string>;
  /** The folders that they lie in: real paths, with the path of the first way to each. */
  readonly folders: ReadonlyMap<string, string>;
}

interface ImageFile {
  /** Relative to the class. */
  readonly path: string;
  /** The real path, where the file is a link. */
  readonly link?: string;
}

/** What was found on the way and is no image; paths are relative to the tree. */
export interface Findings {
  /** Hidden files, and files that are no images. */
  readonly ignored: string[];
  /** Images in a format that is not read. */
  readonly unread: string[];
  /** Links to what counts already. */
  readonly repeated: string[];
  /** Links to folders outside of the class, with where they lead. */
  readonly outside: string[];
  readonly problems: Problem[];
}

/** The images below one folder of class folders. */
export interface ClassTree extends Readonly<Findings> {
  readonly dir: string;
  readonly classes: readonly ClassFolder[];
  /** Why its listing could not be kept for the next time. */
  readonly unkept: string | null;
}

/** Folders that systems put where nobody asked for them. */
const ofSystems: ReadonlySet<string> = new Set([
  ...['__MACOSX', '@eaDir', 'lost+found', '$RECYCLE.BIN', 'System Volume Information'],
]);

/** Whether an entry is nobody's data, whatever it holds. */
export function isAside({ name, kind }: FolderEntry): boolean {
  return name.startsWith('.') || (kind === 'folder' && ofSystems.has(name));
}

/** The problem of a name that no path can be made of. */
export function unnamedProblem(dir: string, shown: string): Problem {
  return {
    what: `a name that is not UTF-8: ${shown}`,
    where: dir,
    try: `rename it; whole folders of Latin-1 names: convmv -f latin1 -t utf8 -r --notest FOLDER`,
  };
}

/** A folder on the way: relative to the tree, and its real path. */
interface Place {
  readonly path: string;
  readonly real: string;
}

/**
 * Lists the images of a class, at any depth. Links are followed, but each real path counts once, and a link to a folder
 * that the class lies in is refused: it would bring the images of other classes.
 *
 * @param dir the tree of class folders, and its real path
 * @param real the real path of the class folder
 * @param witness is told of every folder and link on the way
 */
export function listClassFolder(
  dir: { readonly path: string; readonly real: string },
  name: string,
  real: string,
  findings: Findings,
  witness?: FolderWitness,
): ClassFolder {
  const images: ImageFile[] = [];
  const folders = new Map<string, string>();
  const links: Place[] = [];

  const take = (entry: FolderEntry, folder: Place, below: Place[]): void => {
    const path = `${folder.path}/${entry.name}`;
    const isImage = imageExtensions.has(extname(entry.name).toLowerCase());
    if (isAside(entry)) findings.ignored.push(path);
    else if (entry.unnamed !== undefined) {
      if (isImage || entry.kind === 'folder')
        findings.problems.push(unnamedProblem(join(dir.path, folder.path), entry.unnamed));
      else findings.ignored.push(`${folder.path}/${entry.unnamed}`);
    } else if (entry.kind === 'folder') {
      if (entry.link) links.push({ path, real: entry.link });
      else below.push({ path, real: join(folder.real, entry.name) });
    } else if (isImage) {
      // Pipes and links to nowhere too: whoever decodes them says what they are.
      const inner = path.slice(name.length + 1);
      images.push(entry.link ? { path: inner, link: entry.link } : { path: inner });
    } else if (entry.kind === 'nowhere' && extname(entry.name) === '') {
      findings.problems.push(nowhere(join(dir.path, path), entry));
    } else {
      (unreadFormat(entry.name) === undefined ? findings.ignored : findings.unread).push(path);
    }
  };
  const walk = (start: Place): void => {
    const all = [start];
    for (const folder of all) {
      if (folders.has(folder.real)) {
        findings.repeated.push(folder.path);
        continue;
      }
      folders.set(folder.real, folder.path);
      for (const entry of readFolder(join(dir.path, folder.path), findings.problems, witness))
        take(entry, folder, all);
    }
  };

  walk({ path: name, real });
  while (links.length > 0) {
    // Real folders first, then links in their order, whatever order the system lists them in.
    links.sort((a, b) => byCodePoint(a.path, b.path));
    const link = links.shift()!;
    if ([real, join(dir.real, name)].some((inner) => isAbove(link.real, inner))) {
      findings.problems.push(above(join(dir.path, link.path), link.real, name));
      continue;
    }
    if (!folders.has(link.real) && !isAbove(real, link.real))
      findings.outside.push(`${link.path} → ${link.real}`);
    walk(link);
  }
  images.sort((a, b) => byCodePoint(a.path, b.path));
  const kept = eachOnce(name, images, folders, findings);
  const paths = packStrings(kept.map(({ path }) => path));
  const linked = kept.flatMap(({ link }, i) => (link === undefined ? [] : [[i, link] as const]));
  return { name, paths, links: new Map(linked), folders };
}

/** A link where images are expected, and nothing behind it. */
export function nowhere(path: string, { why }: FolderEntry): Problem {
  return {
    what: `${why ?? 'a link to nowhere'} where a folder of images is expected`,
    where: path,
    try: 'mend or remove the link; is the disk that it leads to there?',
  };
}

/** Whether a folder lies strictly above a path; both are real. */
export function isAbove(folder: string, path: string): boolean {
  return path !== folder && path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

// --- internal ---

function above(path: string, real: string, name: string): Problem {
  return {
    what: `a link out of its class: it leads to ${real}, which holds the class folder itself`,
    where: path,
    try: `remove the link; whatever lies there would count as ${name}`,
  };
}

/** Without links to images that are there already. */
function eachOnce(
  name: string,
  images: readonly ImageFile[],
  folders: ReadonlyMap<string, string>,
  findings: Findings,
): ImageFile[] {
  const seen = new Set<string>();
  return images.filter(({ path, link }) => {
    if (link === undefined) return true;
    const own = basename(link);
    const isListed =
      folders.has(dirname(link)) && !own.startsWith('.') && imageExtensions.has(extname(own).toLowerCase());
    if (!isListed && !seen.has(link)) {
      seen.add(link);
      return true;
    }
    findings.repeated.push(`${name}/${path}`);
    return false;
  });
}
