import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Paths that a page of Markdown links to or shows, from the project's root. */
function linksOf(page: string): string[] {
  const targets = [...text(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) =>
    target.replace(/#.*$/, ''),
  );
  return targets
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(page), target)));
}

it('holds its licence, and whatever its README links to', () => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const parsed = JSON.parse(packed) as Record<string, unknown> | unknown[];
  const [{ files }] = Object.values(parsed) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).toContain('LICENSE');
  const links = linksOf('README.md');
  expect(links.length).toBeGreaterThan(8);
  // A folder stands for its page.
  const missing = links.filter((link) => !paths.includes(link) && !paths.includes(join(link, 'README.md')));
  expect(missing).toEqual([]);
  expect(paths.filter((path) => /\.(test|testing)\./.test(path) || path.startsWith('src/'))).toEqual([]);
});

it('asks for the Node that its pages name', () => {
  const { engines } = JSON.parse(text('package.json')) as { engines: { node: string } };
  expect(engines.node).toMatch(/^>=\d+\.\d+$/);
  expect(text('docs/getting-started.md')).toContain(`Node ${engines.node.slice(2)} or newer`);
});
