import type { Problem } from '../../util/errors.js';
import { jsonProblems } from './json-problems.js';
import type { Located, Origin } from '../located.js';
import { parseLocated } from './parse-located.js';
import { readConfigText } from './read-text.js';

/**
 * Reads YAML or, where the name ends in `.json`, strict JSON. Both go through the YAML parser, since
 * JSON is YAML and only this parser knows the lines.
 *
 * @param file the file to read
 * @param label its name in messages
 * @returns the data, or every syntax error
 */
export function readLocated(file: string, label: string): { node: Located } | { problems: Problem[] } {
  const read = readConfigText(file, label);
  if ('problem' in read) return { problems: [read.problem] };
  const { text } = read;
  const parsed = parseLocated(text, {
    origin: (line): Origin => ({ file: label, line }),
    place: (line) => `${label}:${line}`,
  });
  if ('problems' in parsed) return parsed;
  const problems = /\.json$/i.test(file) ? jsonProblems(text, label) : [];
  if (problems.length > 0) return { problems };
  const { node } = parsed;
  return node === undefined
    ? { problems: [{ what: 'the config is empty', where: label, try: EMPTY_HINT }] }
    : { node };
}

// --- internal ---

const EMPTY_HINT = 'involve init writes one to start from';
