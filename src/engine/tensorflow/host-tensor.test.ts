import { expect, it } from 'vitest';
import { TF } from './c-api/data-types.js';
import type { EagerExecutor } from './eager.js';
import { HostTensor } from './host-tensor.js';

/** A device that only counts. */
class Device {
  readonly made: unknown[][] = [];
  readonly given: number[] = [];

  createTensor(...tensor: unknown[]): { handle: () => number; dispose: () => void } {
    const handle = this.made.push(tensor);
    return { handle: () => handle, dispose: () => void this.given.push(handle) };
  }
}

function onHost(values: Float32Array): [HostTensor, Device] {
  const device = new Device();
  return [new HostTensor(device as unknown as EagerExecutor, [2], TF.float, values), device];
}

it('goes to the device once, when an operation asks, and is given back there', () => {
  const values = Float32Array.of(1, 2);
  const [tensor, device] = onHost(values);
  expect(device.made).toEqual([]);
  expect([tensor.handle(), tensor.handle()]).toEqual([1, 1]);
  expect(device.made).toEqual([[[2], TF.float, values]]);
  tensor.dispose();
  tensor.dispose();
  expect(device.given).toEqual([1]);
  expect(tensor.handle()).toBe(2);
});

it('asks nothing of a device that it never was on', () => {
  const [tensor, device] = onHost(Float32Array.of(1, 2));
  tensor.dispose();
  expect([device.made, device.given]).toEqual([[], []]);
});

it('gives a copy of its values, which the caller may change', () => {
  const [tensor] = onHost(Float32Array.of(1, 2));
  (tensor.values() as Float32Array)[0] = 9;
  expect(tensor.values()).toEqual(Float32Array.of(1, 2));
});
