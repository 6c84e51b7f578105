import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import { asReader, permissionsCount } from '../../util/other-user.testing.js';
import { temporaryFolder } from '../sample-data.testing.js';
import type { DataSource } from '../source.js';
import { openTrees } from './class-folders.js';

/** Two classes of two images in train and one in test; nothing here decodes them. */
function tree(change: (dir: string) => void = () => {}): string {
  const dir = temporaryFolder();
  for (const name of ['cat', 'dog']) {
    for (const [split, count] of [
      ['train', 2],
      ['test', 1],
    ] as const) {
      mkdirSync(join(dir, split, name), { recursive: true });
      for (let i = 0; i < count; i++)
        writeFileSync(join(dir, split, name, `${i}.png`), `${split} ${name} ${i}`);
    }
  }
  change(dir);
  return dir;
}

function open(dir: string, validation: string | null = null): Promise<DataSource> {
  return openTrees({
    train: join(dir, 'train'),
    test: join(dir, 'test'),
    validation: validation === null ? null : join(dir, validation),
  });
}

/** Names and labels of the images of train. */
async function trained(dir: string): Promise<string[]> {
  const { train } = await open(dir);
  return [...train.labels].map((label, i) => `${label} ${train.name(i).slice(join(dir, 'train/').length)}`);
}

async function problems(dir: string, validation: string | null = null): Promise<string[]> {
  try {
    await open(dir, validation);
  } catch (error) {
    expect(error).toBeInstanceOf(InvolveError);
    expect((error as InvolveError).exitCode).toBe(2);
    return (error as InvolveError).problems.map(({ what, where }) =>
      `${what} @ ${where}`.replaceAll(`${dir}/`, ''),
    );
  }
  return [];
}

async function advice(dir: string): Promise<(string | undefined)[]> {
  try {
    await open(dir);
  } catch (error) {
    return (error as InvolveError).problems.map((problem) => problem.try);
  }
  return [];
}

const own = ['0 cat/0.png', '0 cat/1.png', '1 dog/0.png', '1 dog/1.png'];

describe('links in class folders', () => {
  it.each(['..', '../..', '/', '../../train'])(
    'to a folder above the class (%s) are refused',
    async (target) => {
      const dir = tree((root) => symlinkSync(target, join(root, 'train/dog/loop')));
      expect(await problems(dir)).toEqual([
        expect.stringMatching(/^a link out of its class: it leads to .* @ train\/dog\/loop$/),
      ]);
    },
  );

  it('to another class, or to another split, are refused', async () => {
    const sibling = tree((root) => symlinkSync('../cat', join(root, 'train/dog/more')));
    expect(await problems(sibling)).toEqual([
      'the same images are in class cat of train and class dog of train: train/cat @ train/dog/more',
    ]);
    const held = tree((root) => symlinkSync('../../test/dog', join(root, 'train/dog/more')));
    expect(await problems(held)).toEqual([
      'the same images are in class dog of train and class dog of test: test/dog @ train/dog/more',
    ]);
    const file = tree((root) => symlinkSync('../../test/dog/0.png', join(root, 'train/dog/more.png')));
    expect(await problems(file)).toEqual([
      'the same images are in class dog of test and class dog of train: test/dog/0.png @ train/dog/more.png',
    ]);
    // A link to an image of a folder that was met before: the image is meant, and not its class.
    const image = tree((root) => symlinkSync('../../train/dog/0.png', join(root, 'test/dog/more.png')));
    expect(await advice(image)).toEqual([
      `remove one of the two; the other is ${join(image, 'train/dog/0.png')}`,
    ]);
  });

  it('in place of a class or a split are refused where its images have another place', async () => {
    const twice = tree((root) => {
      for (const split of ['train', 'test']) symlinkSync('cat', join(root, split, 'lynx'));
    });
    expect(await problems(twice)).toEqual([
      'the same images are in class cat of train and class lynx of train: train/cat @ train/lynx',
      'the same images are in class cat of test and class lynx of test: test/cat @ test/lynx',
    ]);
    for (const target of ['..', '.']) {
      const all = tree((root) => symlinkSync(target, join(root, 'train/all')));
      expect((await problems(all))[0]).toMatch(
        /^the class folder all is a link to .*, which holds all classes @ train\/all$/,
      );
    }
    const heldOut = tree((root) => {
      for (const name of ['cat', 'dog']) {
        mkdirSync(join(root, 'valid', name), { recursive: true });
        writeFileSync(join(root, 'valid', name, '0.png'), `valid ${name}`);
      }
      symlinkSync('../../valid/cat', join(root, 'test/dog/more'));
    });
    expect(await problems(heldOut, 'valid')).toEqual([
      'the same images are in class dog of test and class cat of validation: valid/cat @ test/dog/more',
    ]);
    const split = tree((root) => {
      renameSync(join(root, 'test'), join(root, 'other'));
      symlinkSync('train', join(root, 'test'));
    });
    expect(await problems(split)).toEqual([
      'the same images are in class cat of train and class cat of test: train/cat @ test/cat',
      'the same images are in class dog of train and class dog of test: train/dog @ test/dog',
    ]);
  });

  it('count once within a class, whatever leads there', async () => {
    const dir = tree((root) => {
      symlinkSync('.', join(root, 'train/dog/self'));
      symlinkSync('0.png', join(root, 'train/dog/again.png'));
      mkdirSync(join(root, 'train/dog/old'));
      symlinkSync('../../dog', join(root, 'train/dog/old/up'));
    });
    expect(await trained(dir)).toEqual(own);
    expect((await open(dir)).notes).toEqual([
      '3 links lead to what counts already, ignored: dog/again.png, dog/old/up, dog/self',
    ]);
  });

  it('to images elsewhere are followed, folders with a note', async () => {
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, 'a.png'), 'a');
    const dir = tree((root) => {
      symlinkSync(elsewhere, join(root, 'train/dog/more'));
      symlinkSync(join(elsewhere, 'a.png'), join(root, 'test/dog/b.txt'));
    });
    expect(await trained(dir)).toEqual([...own, '1 dog/more/a.png']);
    expect((await open(dir)).notes).toEqual([
      '1 file is no image, ignored: dog/b.txt',
      `links bring images from elsewhere: dog/more → ${elsewhere}`,
    ]);
    const shared = tree((root) => {
      symlinkSync(join(elsewhere, 'a.png'), join(root, 'train/dog/b.png'));
      symlinkSync(join(elsewhere, 'a.png'), join(root, 'train/cat/c.png'));
    });
    expect(await problems(shared)).toEqual([
      `the same images are in class cat of train and class dog of train: ${elsewhere}/a.png @ train/dog/b.png`,
    ]);
  });

  it('as class folders are followed', async () => {
    const elsewhere = temporaryFolder();
    const dir = tree((root) => {
      renameSync(join(root, 'train/dog'), join(elsewhere, 'dogs'));
      symlinkSync(join(elsewhere, 'dogs'), join(root, 'train/dog'));
    });
    expect(await trained(dir)).toEqual(own);
    expect((await open(dir)).notes).toEqual([]);
  });

  it('to nowhere are refused where a folder is expected', async () => {
    const dir = tree((root) => {
      for (const split of ['train', 'test']) symlinkSync('/nowhere', join(root, split, 'lynx'));
      symlinkSync('self', join(root, 'train/dog/self'));
    });
    expect(await problems(dir)).toEqual([
      'a link that leads to itself where a folder of images is expected @ train/dog/self',
      'a link to nowhere where a folder of images is expected @ train/lynx',
      'a link to nowhere where a folder of images is expected @ test/lynx',
    ]);
  });

  it('from validation to test are one note', async () => {
    const dir = tree((root) => symlinkSync('test', join(root, 'val')));
    expect((await open(dir, 'val')).notes).toEqual(['validation and test have images in common, by links']);
  });
});

describe('what people and systems leave in folders', () => {
  it('is set aside, and told', async () => {
    const dir = tree((root) => {
      mkdirSync(join(root, 'train/__MACOSX/dog'), { recursive: true });
      writeFileSync(join(root, 'train/__MACOSX/dog/0.png'), 'x');
      mkdirSync(join(root, 'train/dog/.ipynb_checkpoints'));
      writeFileSync(join(root, 'train/dog/.ipynb_checkpoints/0.png'), 'x');
      writeFileSync(join(root, 'train/dog/a.HEIC'), 'x');
      for (const name of ['train/cat/b.bmp', 'train/dog/c.DIB', 'test/cat/d e.bmp', 'train/dog/f.tga'])
        writeFileSync(join(root, name), 'x');
    });
    expect(await trained(dir)).toEqual(own);
    expect((await open(dir)).notes).toEqual([
      '2 files are no image, ignored: __MACOSX, dog/.ipynb_checkpoints',
      '3 images left out, since BMP is not read: cat/b.bmp, dog/c.DIB, cat/d e.bmp; to convert: ' +
        `find -L ${dir}/train ${dir}/test \\( -iname '*.bmp' -o -iname '*.dib' \\) ` +
        `-exec sh -c 'magick "$0" "\${0%.*}.png"' {} \\;`,
      expect.stringMatching(
        /^1 image left out, since HEIC is not read: dog\/a\.HEIC; to convert: .* (\S+\/train\/dog\/a)\.HEIC .*\1\.jpg$/,
      ),
      `1 image left out, since Targa is not read: dog/f.tga; to convert: magick ${dir}/train/dog/f.tga ${dir}/train/dog/f.png`,
    ]);
  });

  it('may be images in a format that is not read, and nothing else', async () => {
    const dir = tree((root) => {
      mkdirSync(join(root, 'train/lynx'));
      for (const name of ['a', 'b']) writeFileSync(join(root, `train/lynx/${name}.bmp`), 'x');
    });
    expect((await advice(dir))[0]).toBe(
      `convert them: find -L ${dir}/train/lynx -iname '*.bmp' -exec sh -c 'magick "$0" "\${0%.*}.png"' {} \\;`,
    );
    expect(await problems(dir)).toEqual([
      'the class folder lynx holds no image that is read, but 2 of BMP @ train/lynx',
      'the classes differ from those of train: it lacks lynx @ test',
    ]);
  });

  it.runIf(process.platform === 'linux')('may be named in other bytes than UTF-8', async () => {
    const dir = tree((root) => {
      const at = (folder: string, name: Buffer): Buffer =>
        Buffer.concat([Buffer.from(`${root}/${folder}/`), name]);
      writeFileSync(at('train/dog', Buffer.from('caf\xe9.png', 'latin1')), 'x');
      writeFileSync(at('train/dog', Buffer.from('caf\xe9.txt', 'latin1')), 'x');
      mkdirSync(at('test', Buffer.from('\xfcber', 'latin1')));
      writeFileSync(join(root, 'train/dog/\uFFFD.png'), 'a name that is what it looks like');
    });
    expect(await problems(dir)).toEqual([
      'a name that is not UTF-8: caf\\xe9.png @ train/dog',
      'a name that is not UTF-8: \\xfcber @ test',
    ]);
  });

  it('may be one folder too deep', async () => {
    const dir = temporaryFolder();
    for (const path of ['train/pets/cat', 'train/pets/dog', 'test/pets/cat']) {
      mkdirSync(join(dir, path), { recursive: true });
      writeFileSync(join(dir, path, '0.png'), 'x');
    }
    const error = (await open(dir).catch((reason: unknown) => reason)) as InvolveError;
    expect(error.problems[0]).toEqual({
      what: 'expected a folder for each of at least two classes, found 1',
      where: join(dir, 'train'),
      try: 'are cat, dog the classes? Then move them up, out of pets/',
    });
  });

  it('may be spelt in two ways', async () => {
    const dir = tree((root) => {
      for (const [split, name] of [
        ['train', 'caf\u00e9'],
        ['test', 'cafe\u0301'],
      ] as const) {
        mkdirSync(join(root, split, name));
        writeFileSync(join(root, split, name, '0.png'), 'x');
      }
      for (const split of ['train', 'test']) {
        mkdirSync(join(root, split, 'Dog'));
        writeFileSync(join(root, split, 'Dog/0.png'), 'x');
      }
    });
    expect((await problems(dir))[0]).toBe(
      'the classes differ from those of train: it lacks caf\u00e9 and has cafe\u0301, which train lacks @ test',
    );
    renameSync(join(dir, 'test/cafe\u0301'), join(dir, 'test/caf\u00e9'));
    expect((await open(dir)).notes).toEqual(['the classes "Dog" and "dog" look alike: are they one?']);
    for (const split of ['train', 'test']) {
      renameSync(join(dir, split, 'Dog'), join(dir, split, 'dog '));
    }
    expect((await open(dir)).notes).toEqual(['the classes "dog" and "dog " look alike: are they one?']);
  });
});

describe('a folder of another user', () => {
  it.runIf(permissionsCount)('is named, and nothing is said of what may be in it', async () => {
    const dir = tree();
    chmodSync(dir, 0o755);
    chmodSync(join(dir, 'train/dog'), 0o000);
    const seen = await asReader(() => problems(dir));
    chmodSync(join(dir, 'train/dog'), 0o755);
    expect(seen).toEqual(['the folder cannot be read: this user may not read it (EACCES) @ train/dog']);
    chmodSync(join(dir, 'train'), 0o000);
    const all = await asReader(() => problems(dir));
    chmodSync(join(dir, 'train'), 0o755);
    expect(all).toEqual(['the folder cannot be read: this user may not read it (EACCES) @ train']);
  });
});

describe('who does not want to wait', () => {
  const list = (dir: string, signal: AbortSignal): Promise<DataSource> =>
    openTrees({ train: join(dir, 'train'), test: join(dir, 'test'), validation: null }, null, signal);

  it('stops the listing before the next class', async () => {
    const reason = new Error('enough');
    await expect(list(tree(), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('is heard while it goes on, which never waits for anything', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    const stop = new AbortController();
    const reason = new Error('enough');
    setImmediate(() => stop.abort(reason));
    await expect(list(tree(), stop.signal)).rejects.toBe(reason);
    clock.mockRestore();
  });
});
