/** What is used here of a package that has no types. */
declare module 'jsfive' {
  export class Group {
    readonly keys: readonly string[];
    readonly attrs: Readonly<Record<string, unknown>>;
    get(path: string): Group | Dataset;
  }
  export class File extends Group {
    constructor(content: ArrayBuffer, name: string);
  }
  export class Dataset {
    readonly shape: readonly number[];
    /** `<f4` and the like, or what is no number. */
    readonly dtype: unknown;
    readonly value: readonly number[];
  }
}
