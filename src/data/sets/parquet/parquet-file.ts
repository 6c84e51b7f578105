import { open, stat } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
} from 'hyparquet';

/** An open Parquet file: what its footer says, and its row groups, read one at a time. */
export interface ParquetFile {
  readonly path: string;
  /** The row at which each row group begins. */
  readonly starts: readonly number[];
  readonly rows: number;
  /** Names of the columns. */
  readonly columns: readonly string[];
  /** Of a column that is a struct, the names of its fields. */
  fieldsOf(column: string): readonly string[];
  /** Values of the schema's metadata by their keys. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Compressions of a column that are not read. */
  unreadCodecs(column: string): readonly string[];
  /** The values of a column in some rows; byte arrays as bytes, unless the file says that they are text. */
  read(column: string, rowStart: number, rowEnd: number): Promise<readonly unknown[]>;
}

/** Reads the footer of a file; throws what is wrong with it as an Error in words. */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  const { size } = await stat(path);
  const file: AsyncBuffer = {
    byteLength: size,
    slice: (start, end = size) => readRange(path, start, end),
  };
  const footer = await parquetMetadataAsync(file);
  const starts: number[] = [];
  let rows = 0;
  for (const group of footer.row_groups) {
    starts.push(rows);
    rows += Number(group.num_rows);
  }
  const paths = leaves(footer);
  return {
    path,
    starts,
    rows,
    columns: [...new Set(paths.map(([name]) => name!))],
    fieldsOf: (column) => paths.filter(([name]) => name === column).flatMap(([, field]) => field ?? []),
    metadata: new Map((footer.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
    unreadCodecs: (column) => [
      ...new Set(
        footer.row_groups.flatMap(({ columns }) =>
          columns.flatMap(({ meta_data: data }) =>
            data === undefined || data.path_in_schema[0] !== column || readCodecs.has(data.codec)
              ? []
              : [data.codec],
          ),
        ),
      ),
    ],
    async read(column, rowStart, rowEnd) {
      const found = await parquetReadObjects({
        ...{ file, metadata: footer, columns: [column], rowStart, rowEnd },
        ...{ compressors, utf8: false, geoparquet: false },
      });
      return found.map((row) => row[column] as unknown);
    },
  };
}

// --- internal ---

/** hyparquet has Snappy itself. LZ4 and LZO, which the Hub's writers do not choose, are not read. */
const compressors: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
  ZSTD: (bytes, length) => unzstd(bytes, new Uint8Array(length)),
};

const readCodecs: ReadonlySet<string> = new Set(['UNCOMPRESSED', 'SNAPPY', ...Object.keys(compressors)]);

async function readRange(path: string, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new ArrayBuffer(end - start);
  const out = new Uint8Array(bytes);
  const file = await open(path, 'r');
  try {
    for (let got = 0; got < out.length;) {
      const { bytesRead } = await file.read(out, got, out.length - got, start + got);
      if (bytesRead === 0) throw new Error(`the file ends before byte ${end}`);
      got += bytesRead;
    }
  } finally {
    await file.close();
  }
  return bytes;
}

/** The paths of the columns that hold values. */
function leaves({ row_groups: groups, schema }: FileMetaData): string[][] {
  const first = groups[0]?.columns.flatMap(({ meta_data: data }) => (data ? [data.path_in_schema] : []));
  // Of a file without rows the schema's upper level tells the names.
  return first ?? schema.slice(1).map(({ name }) => [name]);
}
