/** What this engine uses of WebAssembly: neither `lib: ES2023` nor @types/node 20 declares it. */
declare namespace WebAssembly {
  function validate(bytes: Uint8Array): boolean;

  class Module {
    constructor(bytes: Uint8Array);
    readonly #compiled: never;
  }

  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
    /** Grows by a number of pages; throws where that cannot be. */
    grow(pages: number): number;
  }
}
