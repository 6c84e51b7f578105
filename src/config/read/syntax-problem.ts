import type { YAMLError } from 'yaml';

/** What the YAML parser complains of, and what to do about it. */
export function syntaxProblem(
  { code, message, pos }: YAMLError,
  text: string,
): { readonly what: string; readonly hint: string | undefined } {
  switch (code) {
    case 'TAG_RESOLVE_FAILED': {
      const tag = /^\S*/.exec(text.slice(pos[0], pos[0] + 60))![0];
      const what = `the tag ${tag} is not known: values are text, numbers, true, false, null, lists and keys`;
      return { what, hint: 'remove the tag, and write the value as one of these' };
    }
    case 'TAB_AS_INDENT':
      return { what: 'a tab indents the line', hint: 'indent with spaces' };
    case 'NON_STRING_KEY':
      return { what: 'a key must be a word', hint: 'write the key as text' };
    default:
      return { what: message.replace(/^./, (letter) => letter.toLowerCase()), hint: undefined };
  }
}
