import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEventFile } from './event-file.js';
import { crc32c, restartEvent, scalarEvent, versionEvent } from './event-message.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('records, as tensorboard.summary.writer.record_writer writes them', () => {
  it('a version', () => {
    expect(hex(versionEvent(1234567890.25))).toBe(
      '1800000000000000a37f4b2209000090b48065d2411a0d627261696e2e4576656e743a32ed00f201',
    );
  });

  it('scalars of a step', () => {
    expect(hex(scalarEvent(1234567890.5, 300, { 'train/loss': 0.625, 'val/top1 ä': 0.1 }))).toBe(
      '3500000000000000d6c55de6090000a0b48065d24110ac022a270a110a0a747261696e2f6c6f7373150000203f' +
        '0a120a0b76616c2f746f703120c3a415cdcccc3d3b69a4bf',
    );
  });

  it('a length of two bytes', () => {
    const tag = 'x'.repeat(200);
    expect(hex(scalarEvent(1, 7, { [tag]: -1e30 }))).toBe(
      `e10000000000000003b7489109000000000000f03f10072ad3010ad0010ac801${hex(Buffer.from(tag))}15caf249f194598a62`,
    );
  });

  it('a restart, at a step of more than 32 bits', () => {
    expect(hex(restartEvent(1234567891, 2 ** 33 + 5))).toBe(
      '13000000000000000c91321b090000c0b48065d2411085808080203a0208015fb21209',
    );
  });

  it('a checksum', () => {
    // RFC 3720, B.4.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });
});

describe('openEventFile', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'involve-events-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** The records of a file without their frames. */
  function recordsOf(path: string): string[] {
    const bytes = readFileSync(path);
    const records: string[] = [];
    for (let at = 0; at < bytes.byteLength;) {
      const length = Number(bytes.readBigUInt64LE(at));
      records.push(bytes.toString('latin1', at + 12, at + 12 + length));
      at += 12 + length + 4;
    }
    return records;
  }

  it('writes nothing before there is a value', () => {
    openEventFile(dir);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('begins with the version and leaves out what is no number', () => {
    const file = openEventFile(dir);
    file.write(3, { 'train/loss': 0.5, 'val/loss': null });
    file.write(4, { 'train/loss': 0.25 });
    expect(file.path).toMatch(/events\.out\.tfevents\.\d+\.\d{3}\./);
    const records = recordsOf(file.path);
    expect(records).toHaveLength(3);
    expect(records[0]).toContain('brain.Event:2');
    expect(records[1]).toContain('train/loss');
    expect(records[1]).not.toContain('val/loss');
  });

  it('after a resume tells readers to drop what lies beyond', () => {
    const file = openEventFile(dir, 8);
    file.write(9, { 'train/loss': 0.5 });
    const [version, restart, value] = recordsOf(file.path);
    expect(version).toContain('brain.Event:2');
    // Step 9, session log, status START.
    expect(restart.slice(9)).toBe('\x10\x09\x3a\x02\x08\x01');
    expect(value).toContain('train/loss');
  });

  it('has the seconds since 1970 of its start and of each value', () => {
    vi.useFakeTimers({ now: 1_234_567_890_025 });
    try {
      const file = openEventFile(dir, 8);
      vi.setSystemTime(1_234_567_892_500);
      file.write(9, { 'train/loss': 0.5 });
      expect(file.path).toContain('events.out.tfevents.1234567890.025.');
      expect(hex(readFileSync(file.path))).toBe(
        [
          versionEvent(1_234_567_890.025),
          restartEvent(1_234_567_890.025, 9),
          scalarEvent(1_234_567_892.5, 9, { 'train/loss': 0.5 }),
        ]
          .map(hex)
          .join(''),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it('a folder that is gone is an error to act on', () => {
    const file = openEventFile(join(dir, 'gone'));
    expect(() => file.write(1, { a: 1 })).toThrow(/there is no folder .*gone/);
  });
});
