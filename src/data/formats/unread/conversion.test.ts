import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../sample-data.testing.js';
import { conversionOf, conversionOfAll } from './conversion.js';

describe('a command that converts', () => {
  it('names the file, and another that it makes of it', () => {
    const magick = (file: string): string => conversionOf('magick IN OUT.png', file);
    expect(magick('/data/y.jpg')).toBe('magick /data/y.jpg /data/y.png');
    expect(magick('my dogs/b.bmp')).toBe("magick 'my dogs/b.bmp' 'my dogs/b.png'");
    expect(magick('c.d/e')).toBe('magick c.d/e c.d/e.png');
    expect(magick("it's\n.bmp")).toBe("magick $'it\\'s\\012.bmp' $'it\\'s\\012.png'");
    // What it reads is not what it writes over.
    expect(magick('y.png')).toBe('magick y.png y-converted.png');
    expect(magick('y.PNG')).toBe('magick y.PNG y-converted.png');
    expect(conversionOf('sips -s format jpeg IN --out OUT.jpg', 'a.jpg')).toBe(
      'sips -s format jpeg a.jpg --out a-converted.jpg',
    );
  });

  it('knows what else programs want of names', () => {
    expect(conversionOf('magick IN[0] OUT.png', 'a.psd')).toBe("magick 'a.psd[0]' a.png");
    expect(conversionOf('pdftoppm -png IN OUT', 'a.pdf')).toBe('pdftoppm -png a.pdf a');
    // Neither is a part of a word, nor of what was put in already.
    expect(conversionOf('x -INT -in IN LAYOUT.png', 'IN OUT.png')).toBe("x -INT -in 'IN OUT.png' LAYOUT.png");
  });

  it('finds the files where there are several', () => {
    expect(conversionOfAll('magick IN OUT.png', ['/d/a/1.bmp', '/d/b/2.BMP'], ['/d'])).toBe(
      `find -L /d -iname '*.bmp' -exec sh -c 'magick "$0" "\${0%.*}.png"' {} \\;`,
    );
    expect(conversionOfAll('magick IN[0] OUT.png', ['e/1.bmp', 'f/2.dib'], ['my e', 'f'])).toBe(
      `find -L 'my e' f \\( -iname '*.bmp' -o -iname '*.dib' \\) -exec sh -c 'magick "$0[0]" "\${0%.*}.png"' {} \\;`,
    );
    expect(conversionOfAll('magick IN OUT.png', ['a b.bmp'], ['.'])).toBe("magick 'a b.bmp' 'a b.png'");
  });
});

describe.runIf(process.platform !== 'win32')('a command that is copied to a shell', () => {
  const names = ['plain.bmp', "it's 1.BMP", '$HOME *.dib', 'a\nb.bmp', '\u001b[31m"\\.bmp'];
  const made = (name: string): string => name.replace(/\.\w+$/, '.png');

  /** A folder of such files, and a program `magick` that copies what it reads. */
  function folder(): { dir: string; files: string[]; run: (command: string) => void } {
    const dir = join(temporaryFolder(), "my dogs' pictures");
    const programs = temporaryFolder();
    writeFileSync(join(programs, 'magick'), '#!/bin/sh\n[ $# = 2 ] && cp "$1" "$2"\n');
    chmodSync(join(programs, 'magick'), 0o755);
    const files = names.map((name, i) => join(dir, `${i}`, name));
    for (const file of files) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, file);
    }
    writeFileSync(join(dir, '0/other.txt'), 'no image');
    const env = { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}` };
    return { dir, files, run: (command) => void execFileSync('bash', ['-c', command], { env }) };
  }

  it('converts the file that it names, whatever that is called', () => {
    const { files, run } = folder();
    for (const file of files) {
      run(conversionOf('magick IN OUT.png', file));
      expect(readFileSync(made(file), 'utf8')).toBe(file);
    }
  });

  it('converts all of them, and nothing else', () => {
    const { dir, files, run } = folder();
    run(conversionOfAll('magick IN OUT.png', files, [dir]));
    for (const file of files) expect(readFileSync(made(file), 'utf8')).toBe(file);
    expect(existsSync(join(dir, '0/other.png'))).toBe(false);
  });
});
