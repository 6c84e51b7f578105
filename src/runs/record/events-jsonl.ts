import { z } from 'zod';
import { readTextIfThere } from '../../util/read-text.js';
import { appendLines, wholeLines } from '../line-file.js';
import { epochShape } from './epoch.js';
import { parseRecord } from './json-record.js';
import { toJson } from './json-text.js';
import { measured } from './measured.js';
import { checkpointName, count, number, open } from './parts.js';
import { divergence } from './summary.js';

/**
 * events.jsonl: everything that happened in a run, a line each. Beside these fields a line has its time and its type;
 * lines of other types, which a later version may write, are read as they are.
 *
 * Version 1 says its version where a process starts or goes on.
 */
const VERSION = 1;

const FIELDS = {
  start: open({ engine: z.string() }),
  /** `exact`: whether numbers come out as if the run had never stopped. */
  resume: open({ step: count, engine: z.string(), exact: z.boolean() }),
  /** What a step, or measuring statistics, with so many images needs. */
  plan: open({ of: z.literal('statistics').optional(), batch: count, plannedBytes: number }),
  epoch: measured({ ...epochShape, peakMemoryMb: number.optional() }),
  checkpoint: open({ name: checkpointName, step: count }),
  plateau: open({ epoch: count, reductions: count, learningRate: number }),
  divergence,
  interrupt: open({ signal: z.string(), step: count }),
  end: open({ outcome: z.string(), step: count }),
};

export type EventType = keyof typeof FIELDS;
export type EventFields<Type extends EventType> = z.output<(typeof FIELDS)[Type]>;

/** One line. */
export interface RunEvent {
  readonly time: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Adds a line, on the disk when it returns. */
export function appendEvent<Type extends EventType>(
  path: string,
  type: Type,
  fields: EventFields<Type>,
): void {
  const head = { time: new Date().toISOString(), type };
  const tail = type === 'start' || type === 'resume' ? { version: VERSION } : {};
  // Twice: the first to stand in front, the second to win over fields of the same name.
  appendLines(path, `${toJson({ ...head, ...fields, ...tail, ...head })}\n`);
}

/** The lines of a file, none where it does not exist yet; a torn last one is left out. */
export async function readEvents(path: string): Promise<RunEvent[]> {
  const text = (await readTextIfThere(path)) ?? '';
  return wholeLines(text).map((line, index) => readEvent(line, `${path}:${index + 1}`));
}

// --- internal ---

const head = open({ time: z.string(), type: z.string() });

function readEvent(line: string, where: string): RunEvent {
  const event = parseRecord(line, where, { version: VERSION, schema: head });
  if (!Object.hasOwn(FIELDS, event.type)) return event;
  const fields = FIELDS[event.type as keyof typeof FIELDS];
  return { ...event, ...(parseRecord(line, where, { version: VERSION, schema: fields }) as object) };
}
