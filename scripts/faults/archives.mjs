// Archives as nobody packs them: entries that lead elsewhere, lie about their size, are links, devices or twice there, and files
// of bytes changed at random. Nothing is written outside of the folder, and a refused set is not there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { Header } from 'tar';
import { complaint } from './workspace.mjs';

const NAMES = [
  ...[
    'seg_train/seg_train/sea/1.png',
    'seg_train/seg_train/forest/2.png',
    'seg_test/seg_test/sea/1.png',
    'seg_train/x',
  ],
  ...[
    '../outside',
    '/tmp/involve-outside',
    'a/../../outside',
    'C:\\outside',
    '..\\outside',
    'seg_train/../../outside',
  ],
  ...[
    '',
    '.',
    './',
    'seg_train/',
    'a//b',
    'nul\0byte',
    'é\u0301.png',
    'x'.repeat(300),
    '\u202Egnp.1',
    'seg_train/\nline',
  ],
];
const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(2000)));
const lie = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  fc.constantFrom(0, 1, 2 ** 20, 2 ** 31, 2 ** 32 - 1),
);

const zip = fc
  .array(
    fc.record({
      name: fc.constantFrom(...NAMES),
      content: bytes,
      mode: fc.constantFrom(0o100644, 0o100644, 0o120777, 0o040755, 0o020644, 0),
      method: fc.constantFrom(8, 8, 8, 0, 12, 99),
      flags: fc.constantFrom(0x800, 0x800, 0, 1, 0xffff),
      size: lie,
      packed: lie,
      crc: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map(zipBytes);

const tar = (image) => {
  const usual = ['0.png', '0.cls', '1.png', '1.cls', '2.png', '2.cls'].map((path) => ({ path, odd: null }));
  const odd = fc.record({
    path: fc.constantFrom(
      '0.png',
      '3.png',
      '3.cls',
      '',
      'a/b.png',
      '../x.png',
      '0.json',
      '.png',
      'x'.repeat(99),
      'é.cls',
    ),
    type: fc.constantFrom(
      'File',
      'SymbolicLink',
      'Link',
      'Directory',
      'CharacterDevice',
      'FIFO',
      'GNUDumpDir',
      'ExtendedHeader',
      'NextFileHasLongPath',
    ),
    linkpath: fc.constantFrom('0.png', '../../etc/passwd', '/etc/passwd', 'loop'),
    size: lie,
    content: bytes,
  });
  return fc.tuple(fc.array(odd, { maxLength: 2 }), fc.nat(6)).map(([some, at]) =>
    Buffer.concat([
      ...[...usual.slice(0, at), ...some, ...usual.slice(at)].map((each) =>
        member(
          'odd' in each
            ? {
                path: each.path,
                type: 'File',
                size: null,
                content: each.path.endsWith('png') ? image : Buffer.from(each.path.slice(0, 1)),
              }
            : each,
        ),
      ),
      Buffer.alloc(1024),
    ]),
  );
};

/** A file with a few bytes changed, cut short or doubled in part. */
const damaged = (whole) =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(4),
      fc.nat(whole.length - 1),
    )
    .map(([changes, kind, at]) => {
      const copy = Buffer.from(whole);
      for (const [where, value] of changes) copy[where] = value;
      if (kind === 0) return copy.subarray(0, at);
      return kind === 1 ? Buffer.concat([copy.subarray(0, at), copy.subarray(Math.floor(at / 2))]) : copy;
    });

export const archives = {
  name: 'archives',
  async run(work, times, random) {
    const image = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    const golden = JSON.parse(
      readFileSync(new URL('../../src/data/sets/parquet/pyarrow.golden.json', import.meta.url), 'utf8'),
    );
    const parquet = Object.fromEntries(Object.entries(golden).filter(([name]) => name.endsWith('.parquet')));
    const [first, ...others] = Object.keys(parquet);
    for (const name of others) work.write(`parquet/${name}`, Buffer.from(parquet[name], 'base64'));
    const check = (name) => ({
      ...CHECKED,
      data: { name, dir: name === 'parquet' ? 'parquet' : 'shards', inputSize: 16 },
    });
    work.write('parquet.json', JSON.stringify(check('parquet')));
    work.write('shards.json', JSON.stringify(check('tar-shards')));

    const rows = [];
    const row = async (fault, arbitrary, file, command, unwanted = () => undefined) => {
      const outcomes = [];
      let taken = 0;
      for (const content of fc.sample(arbitrary, { seed: random.integer(2 ** 31), numRuns: times })) {
        work.write(file, content);
        const before = listing(work);
        const ended = await work.run(command);
        if (ended.code === 0) taken++;
        const more = listing(work).filter((name) => !before.includes(name));
        const bad = complaint(ended) ?? (ended.code === 1 ? 'exit code 1' : undefined);
        const what =
          bad ?? unwanted(ended, more) ?? (existsSync('/tmp/involve-outside') ? 'wrote outside' : undefined);
        outcomes.push(
          what &&
            `${what}: ${ended.stderr.trim().slice(0, 500)}\n         ${content.toString('base64').slice(0, 2000)}`,
        );
      }
      rows.push({
        fault,
        outcomes,
        expected: `${taken} taken, the others refused with words and exit code 2`,
      });
    };
    const nothingNew = ({ code }, more) =>
      code !== 0 && more.length > 0 ? `refused, and left ${more.join(', ')}` : undefined;
    await row(
      'a zip of entries as nobody packs them, `data get intel --from`',
      zip,
      'given.zip',
      ['data', 'get', 'intel', '--from', 'given.zip'],
      nothingNew,
    );
    await row(
      'a zip damaged at random, `data get intel --from`',
      zip.chain(damaged),
      'given.zip',
      ['data', 'get', 'intel', '--from', 'given.zip'],
      nothingNew,
    );
    await row('a tar shard with such entries, `data check`', tar(image), 'shards/train-0.tar', [
      'data',
      'check',
      'shards.json',
    ]);
    await row(
      'a Parquet file damaged at random, `data check`',
      damaged(Buffer.from(parquet[first], 'base64')),
      `parquet/${first}`,
      ['data', 'check', 'parquet.json'],
    );
    return rows;
  },
};

const CHECKED = {
  name: 'checked',
  model: { family: 'efficientnet' },
  train: { epochs: 1 },
};

/** All files but those of the cache, and what is written into its own folder on purpose. */
function listing(work) {
  return readdirSync(work.dir, { recursive: true }).filter((name) => !/^cache/.test(name));
}

/** A zip of the given headers, true or not. */
function zipBytes(entries) {
  const [locals, central] = [[], []];
  let offset = 0;
  for (const { name, content, mode, method, flags, size, packed, crc } of entries) {
    const stored = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc ? crc32(content) : 1, 10);
    common.writeUInt32LE(packed ?? stored.length, 14);
    common.writeUInt32LE(size ?? content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, stored]);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, tail, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A member of a tar archive; its header may say another size than it has. */
function member({ path, type, linkpath, size, content }) {
  const header = Buffer.alloc(512);
  new Header({ path, type, linkpath, size: size ?? content.length, mode: 0o644, mtime: new Date(0) }).encode(
    header,
  );
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
