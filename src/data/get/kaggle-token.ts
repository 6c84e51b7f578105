import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { badInput, missing } from '../../util/errors.js';
import { withHome } from '../../util/home-path.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The `Authorization` header for Kaggle, from `KAGGLE_USERNAME` and `KAGGLE_KEY` or from `kaggle.json`. The token
 * is shown in no message.
 */
export function kaggleAuthorization(page: string, env: Environment = process.env): string {
  const { KAGGLE_USERNAME: user, KAGGLE_KEY: secret } = env;
  if (user && secret) return basic(user, secret);
  const { KAGGLE_CONFIG_DIR: named } = env;
  const folder = named ? withHome(named, 'KAGGLE_CONFIG_DIR') : join(env.HOME ?? homedir(), '.kaggle');
  const file = join(folder, 'kaggle.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw missing(
      'E_KAGGLE_TOKEN',
      {
        what: 'this data set lies behind a Kaggle login, and there is no Kaggle token on this machine',
        where: file,
        try:
          'make one at https://www.kaggle.com/settings ("Create New Token") and save it there, or set KAGGLE_USERNAME ' +
          `and KAGGLE_KEY; or download the archive in a browser from ${page} and give it: --from archive.zip`,
      },
      { cause: error },
    );
  }
  const token = parseToken(text);
  if (token !== null) return basic(token.username, token.key);
  throw badInput('E_KAGGLE_TOKEN', {
    what: 'expected {"username": …, "key": …} in the Kaggle token',
    where: file,
    try: 'make a new one at https://www.kaggle.com/settings',
  });
}

function parseToken(text: string): { username: string; key: string } | null {
  try {
    const { username, key } = JSON.parse(text) as { username?: unknown; key?: unknown };
    return typeof username === 'string' && typeof key === 'string' ? { username, key } : null;
  } catch {
    return null; // no word of what is in the file
  }
}

function basic(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}
