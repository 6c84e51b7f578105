// For the generators: text that is there several times.

export const range = (n) => [...Array(n).keys()];

/** The text of each of a list, in one. */
export const each = (list, text, glue = ' ') => list.map(text).join(glue);
