import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InvolveError } from '../../util/errors.js';
import { cifar10 } from '../sets/cifar10.js';
import { knownClasses } from '../sets/index.js';
import { intel } from '../sets/intel.js';
import { temporaryFolder, writeNoise } from '../sample-data.testing.js';
import { makeTarGz, makeZip } from './archive.testing.js';
import { getDataset } from './get-dataset.js';
import type { FetchableSet, GetOptions } from './get-dataset.js';
import { FileServer } from './server.testing.js';

let cifar: Buffer;
let photos: Buffer;
let server: FileServer;

beforeAll(async () => {
  const batch = Buffer.alloc(30_730_000);
  const names = [
    'data_batch_1',
    'data_batch_2',
    'data_batch_3',
    'data_batch_4',
    'data_batch_5',
    'test_batch',
  ];
  cifar = makeTarGz([
    { path: 'cifar-10-batches-bin/', type: 'Directory' },
    ...names.map((name) => ({ path: `cifar-10-batches-bin/${name}.bin`, content: batch })),
  ]);
  const image = join(temporaryFolder(), 'image.jpg');
  await writeNoise(image, 20, 20, 'intel');
  const content = readFileSync(image);
  photos = makeZip([
    ...knownClasses(intel)!.flatMap((name) => [
      { name: `seg_train/seg_train/${name}/1.jpg`, content },
      { name: `seg_test/seg_test/${name}/2.jpg`, content },
    ]),
    { name: 'seg_pred/seg_pred/3.jpg', content },
  ]);
  server = await FileServer.start(cifar);
});
afterAll(() => server.close());

const quick = { retryAfterMs: [], idleMs: 2000 };

/** The set at another address, with the checksum of what this test serves. */
function served(url: string, content: Buffer): FetchableSet {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { ...cifar10, fetch: { ...cifar10.fetch!, files: [{ url, format: 'tar.gz', sha256 }] } };
}

async function failure(set: FetchableSet, options: GetOptions): Promise<InvolveError> {
  return getDataset(set, { download: quick, ...options }).then(
    () => expect.fail('expected it to fail'),
    (error: unknown) => error as InvolveError,
  );
}

describe('get cifar10', () => {
  it('fetches, goes on after a cut, verifies, unpacks, and leaves nothing else', async () => {
    const cwd = temporaryFolder();
    const set = served(server.url(), cifar);
    const options = { cwd, download: quick };
    server.content = cifar;
    server.cuts = [20_000];
    const cut = await failure(set, options);
    expect(cut.exitCode).toBe(1);
    expect(cut.problems[0]!.try).toMatch(
      /^the same command again goes on after the 20000 bytes that are here; or download .* by other means and give it: --from FILE\.tar\.gz$/,
    );
    const got = await getDataset(set, options);
    expect(server.requests.at(-1)!.headers.range).toBe('bytes=20000-');
    expect(got).toMatchObject({ dir: join(cwd, 'datasets/cifar10'), present: false, warnings: [] });
    expect(got.source.train.count).toBe(50_000);
    expect(readdirSync(join(cwd, 'datasets'))).toEqual(['cifar10']);

    const asked = server.requests.length;
    expect((await getDataset(set, options)).present).toBe(true);
    expect(server.requests.length).toBe(asked);
  });

  it('refuses a wrong checksum, fetched or given', async () => {
    const cwd = temporaryFolder();
    server.content = cifar;
    const fetched = await failure(cifar10, { cwd, from: server.url() });
    expect([fetched.code, fetched.exitCode]).toEqual(['E_CHECKSUM', 1]);
    writeFileSync(join(cwd, 'own.tar.gz'), 'something');
    const given = await failure(cifar10, { cwd, from: 'own.tar.gz' });
    expect([given.code, given.exitCode]).toEqual(['E_CHECKSUM', 2]);
    expect(given.message).toMatch(/^expected an archive with SHA-256 c4a38c50.*, this one has [0-9a-f]{64}$/);
    expect(existsSync(join(cwd, 'datasets')) ? readdirSync(join(cwd, 'datasets')) : []).toEqual([]);
  });

  it.each([
    ['damaged', Buffer.from('<html>not found</html>'), 'E_ARCHIVE'],
    ['not to be trusted', makeTarGz([{ path: '../evil', content: 'x' }]), 'E_ARCHIVE_UNSAFE'],
  ])('fetches an archive anew that was %s', async (_, archive, code) => {
    const cwd = temporaryFolder();
    server.content = archive;
    const refused = await failure(served(server.url(), archive), { cwd });
    expect(refused.code).toBe(code);
    expect(readdirSync(join(cwd, 'datasets'))).toEqual([]);
    server.content = cifar;
    await getDataset(served(server.url(), cifar), { cwd, download: quick });
    expect(server.requests.at(-1)!.headers.range).toBeUndefined();
  });

  it('says 404 and the way round', async () => {
    server.routes.set('/nothing', (response) => response.writeHead(404).end());
    const error = await failure(cifar10, { cwd: temporaryFolder(), from: server.url('/nothing') });
    expect(error.exitCode).toBe(1);
    expect(error.problems).toEqual([
      {
        what: 'the server answered 404 (not found)',
        where: server.url('/nothing'),
        try: 'download https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz by other means and give it: --from FILE.tar.gz',
      },
    ]);
  });

  it('does not touch what lies in its place', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'datasets/cifar10'), { recursive: true });
    writeFileSync(join(cwd, 'datasets/cifar10/mine.txt'), 'mine');
    const error = await failure(cifar10, { cwd });
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(
      'there is something else at the place of cifar10: a file of CIFAR-10 (binary version) is missing',
    );
    expect(existsSync(join(cwd, 'datasets/cifar10/mine.txt'))).toBe(true);
  });
});

describe('get a set of several files', () => {
  const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat('test_batch.bin');
  const content = Buffer.alloc(30_730_000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const files = names.map((name) => ({
    url: `http://nowhere.invalid/sets/${name}`,
    format: 'as-is' as const,
    sha256,
  }));
  const several: FetchableSet = { ...cifar10, fetch: { ...cifar10.fetch!, files } };
  const serve = (name: string): void =>
    void server.routes.set(`/sets/${name}`, (response) => response.end(content));

  it('fetches what is missing yet, from below one address, and keeps the names', async () => {
    const cwd = temporaryFolder();
    const options = { cwd, from: server.url('/sets/'), download: quick };
    for (const name of names.slice(0, 4)) serve(name);
    server.routes.set('/sets/data_batch_5.bin', (response) => response.writeHead(404).end());
    const error = await failure(several, options);
    expect(error.problems).toEqual([
      {
        what: 'the server answered 404 (not found)',
        where: server.url('/sets/data_batch_5.bin'),
        try: `download ${names.join(', ')} from http://nowhere.invalid/sets by other means and give their folder: --from FOLDER`,
      },
    ]);
    for (const name of names.slice(4)) serve(name);
    const asked = server.requests.length;
    const got = await getDataset(several, options);
    expect(server.requests.slice(asked).map(({ path }) => path)).toEqual([
      '/sets/data_batch_5.bin',
      '/sets/test_batch.bin',
    ]);
    expect(readdirSync(got.dir).sort()).toEqual(names);
    expect(got.source.train.count).toBe(50_000);
    expect(readdirSync(join(cwd, 'datasets'))).toEqual(['cifar10']);
  });

  it('takes a folder of them, whole and verified', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'mine'));
    for (const name of names.slice(1)) writeFileSync(join(cwd, 'mine', name), content);
    const missing = await failure(several, { cwd, from: 'mine' });
    expect(missing.exitCode).toBe(2);
    expect(missing.problems).toEqual([
      {
        what: 'no file data_batch_1.bin in mine',
        where: join(cwd, 'mine/data_batch_1.bin'),
        try: `give the folder that holds ${names.join(', ')}: --from FOLDER`,
      },
    ]);
    writeFileSync(join(cwd, 'mine', names[0]!), 'something');
    const other = await failure(several, { cwd, from: 'mine' });
    expect([other.code, other.exitCode]).toEqual(['E_CHECKSUM', 2]);
    expect(other.message).toMatch(/^expected a file with SHA-256 /);
    writeFileSync(join(cwd, 'mine', names[0]!), content);
    expect((await getDataset(several, { cwd, from: 'mine' })).source.test.count).toBe(10_000);
    expect(readdirSync(join(cwd, 'mine')).sort()).toEqual(names);
  });
});

describe('get intel', () => {
  const nobody = { HOME: '/nonexistent' };

  it('without a token: exit 3, where to get one, and the way round', async () => {
    const error = await failure(intel, { cwd: temporaryFolder(), env: nobody });
    expect(error.exitCode).toBe(3);
    expect(error.problems).toEqual([
      {
        what: 'this data set lies behind a Kaggle login, and there is no Kaggle token on this machine',
        where: '/nonexistent/.kaggle/kaggle.json',
        try: 'make one at https://www.kaggle.com/settings ("Create New Token") and save it there, or set KAGGLE_USERNAME and KAGGLE_KEY; or download the archive in a browser from https://www.kaggle.com/datasets/puneet6060/intel-image-classification and give it: --from archive.zip',
      },
    ]);
  });

  it('looks for the token in the folder that KAGGLE_CONFIG_DIR names, also below ~/', async () => {
    const whereOf = async (env: Record<string, string>): Promise<unknown> =>
      (await failure(intel, { cwd: temporaryFolder(), env: { ...nobody, ...env } })).problems[0].where;
    expect(await whereOf({ KAGGLE_CONFIG_DIR: '/none' })).toBe('/none/kaggle.json');
    expect(await whereOf({ KAGGLE_CONFIG_DIR: '~/no-such-folder' })).toBe(
      join(homedir(), 'no-such-folder/kaggle.json'),
    );
  });

  it('with a token: fetches, and warns where the numbers differ', async () => {
    const cwd = temporaryFolder();
    const home = temporaryFolder();
    mkdirSync(join(home, '.kaggle'));
    writeFileSync(join(home, '.kaggle/kaggle.json'), '{"username":"me","key":"secret"}');
    server.content = photos;
    server.routes.set('/kaggle', (response) =>
      response.writeHead(302, { location: server.url('/file', 'localhost') }).end(),
    );
    const from = server.url('/kaggle');
    const got = await getDataset(intel, { cwd, from, env: { HOME: home }, download: quick });
    expect(server.requests.slice(-2).map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
      undefined,
    ]);
    expect(got.warnings).toEqual([
      '6 train images; the published set has 14034',
      '6 test images; the published set has 3000',
    ]);
    expect(readdirSync(got.dir).sort()).toEqual(['seg_test', 'seg_train']);
  });

  it('says when Kaggle refuses the token, without showing it', async () => {
    server.routes.set('/refused', (response) => response.writeHead(401).end());
    const env = { KAGGLE_USERNAME: 'me', KAGGLE_KEY: 'top-secret' };
    const error = await failure(intel, { cwd: temporaryFolder(), from: server.url('/refused'), env });
    expect(error.exitCode).toBe(3);
    expect(error.message).toBe('Kaggle refused the token: the server answered 401 (not logged in)');
    expect(JSON.stringify(error.problems)).not.toContain('top-secret');
  });

  it('refuses a token file that is none, without repeating it', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, '.kaggle'));
    writeFileSync(join(home, '.kaggle/kaggle.json'), '{"username":"me","key":top-secret');
    const error = await failure(intel, { cwd: temporaryFolder(), env: { HOME: home } });
    expect(error.exitCode).toBe(2);
    expect(JSON.stringify([error.problems, error.cause])).not.toContain('top-secret');
  });

  it('unpacks an archive that is given, into the folder that is wanted', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'archive.zip'), photos);
    const got = await getDataset(intel, { cwd, from: 'archive.zip', dir: 'elsewhere/scenes', env: nobody });
    expect(got.dir).toBe(join(cwd, 'elsewhere/scenes'));
    expect(got.source.classes).toEqual(['buildings', 'forest', 'glacier', 'mountain', 'sea', 'street']);
    expect(existsSync(join(cwd, 'archive.zip'))).toBe(true);
  });

  it('refuses an archive of something else, and a file that is not there', async () => {
    const cwd = temporaryFolder();
    const content = readFileSync(new URL(import.meta.url));
    const entries = ['cat', 'dog'].flatMap((name) => [
      { name: `seg_train/${name}/1.jpg`, content },
      { name: `seg_test/${name}/2.jpg`, content },
    ]);
    writeFileSync(join(cwd, 'pets.zip'), makeZip(entries));
    const other = await failure(intel, { cwd, from: 'pets.zip', env: nobody });
    expect(other.exitCode).toBe(2);
    expect(other.message).toBe(
      'expected the classes buildings, forest, glacier, mountain, sea, street; this archive has cat, dog',
    );
    expect(existsSync(join(cwd, 'datasets'))).toBe(false);
    const absent = await failure(intel, { cwd, from: 'nothing.zip', env: nobody });
    expect(absent.exitCode).toBe(2);
    expect(absent.message).toBe('no such archive: nothing.zip');
  });
});
