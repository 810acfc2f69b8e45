import { expect, it } from 'vitest';
import { DeviceLostError, DeviceRefusedError, OutOfMemoryError, SelfCheckError } from '../core/failures';
import { FileError } from '../core/files/byteSource';
import { PointError } from '../core/stages/resume/point';
import { StepError } from '../core/stages/trainStep';
import { StorageError } from '../storage/storageError';
import { explainError, explainFailure, explainJobError } from './explainError';

it('keeps an error’s own words and next step', () => {
  expect(explainError(Object.assign(new Error('A'), { next: 'B' }))).toMatchObject({ message: 'A', next: 'B' });
});

it('knows a lost device, missing memory and a missing file by their texts', () => {
  expect(explainError(new Error('GPUDevice was lost: destroyed')).message).toMatch(/^The GPU device was lost/);
  expect(explainError(new RangeError('Array buffer allocation failed')).message).toMatch(/not enough memory/);
  expect(explainError(new TypeError('Failed to fetch')).next).toMatch(/served completely/);
});

it('knows the core’s errors by name', () => {
  const error = new Error('Line 3 …');
  error.name = 'ImportError';
  expect(explainError(error)).toMatchObject({
    message: 'Line 3 …',
    next: 'Choose another file; what is loaded stays loaded.',
  });
});

it('says of a step that became NaN what to lower', () => {
  const error = new Error('The loss became NaN.');
  error.name = 'StepError';
  expect(explainError(error).next).toMatch(/^Lower the learning rate, β or the weight decay/);
});

it('tells the cause of a failure by the class of our errors', () => {
  const result = { loss: 0, gradientNorm: 0, logps: [] };
  const causes = (errors: readonly unknown[]) => errors.map((error) => explainFailure(error).cause);
  expect(
    causes([
      new StepError('The loss became NaN.', { ...result, loss: Number.NaN }),
      new StepError('', { ...result, fault: 'zero loss' }),
      new StepError('', { ...result, fault: 'zero gradients' }),
      new StepError('', { ...result, fault: 'diverged' }),
      Object.assign(new Error('w became NaN'), { name: 'NonFiniteDeltaError' }),
    ]),
  ).toEqual(['not finite', 'zero loss', 'zero gradients', 'diverged', 'not finite']);
  expect(causes([new DeviceLostError('destroyed', ''), new OutOfMemoryError('x'), new SelfCheckError('x')])).toEqual([
    'device lost',
    'out of memory',
    'self-check',
  ]);
  // The words of these say another cause: they are not asked.
  expect(causes([new DeviceRefusedError('Bind group is not valid'), new OutOfMemoryError('HTTP 404')])).toEqual([
    'other',
    'out of memory',
  ]);
  expect(
    causes((['full', 'refused', 'damaged', 'gone', 'busy'] as const).map((kind) => new StorageError(kind, 'm', 'n'))),
  ).toEqual([...['storage', 'storage', 'damaged save', 'damaged save', 'other']]);
  expect(causes((['damaged', 'newer', 'other run'] as const).map((problem) => new PointError(problem, 'm')))).toEqual([
    ...['damaged save', 'damaged save', 'other'],
  ]);
  expect(
    causes([new FileError('a.json', 'is empty.'), Object.assign(new Error(''), { name: 'StarterError' })]),
  ).toEqual(['file', 'file']);
});

it.each([
  ['GPUDevice was lost: destroyed', 'device lost'],
  ['Array buffer allocation failed', 'out of memory'],
  ['Invalid typed array length: 4294967296', 'out of memory'],
  ['memory access out of bounds', 'out of memory'],
  ['Aborted(OOM). Build with -sASSERTIONS for more info.', 'out of memory'],
  ['Aborted(native code called abort())', 'out of memory'],
  [
    "Failed to execute 'createBuffer' on 'GPUDevice': createBuffer failed, size (9) is too large for the implementation",
    'out of memory',
  ],
  ['WebAssembly.Memory.grow(): Unable to grow; out of memory', 'out of memory'],
  ['Failed to fetch', 'file'],
  ['x is not a function', 'other'],
])('tells the cause of “%s” of a browser by its words: %s', (message, cause) => {
  expect(explainFailure(new Error(message)).cause).toBe(cause);
});

it('never tells one to lower the learning rate where a device gives zeros', () => {
  const zeros = new StepError('The loss is exactly 0', { loss: 0, gradientNorm: 1, logps: [], fault: 'zero loss' });
  expect(explainFailure(zeros).next).toMatch(/^Go on from the last save on another backend/);
  expect(explainJobError(zeros).next).toMatch(/WASM/);
});

it('takes anything that is thrown', () => {
  for (const thrown of ['x', null, undefined, 3, {}, new Error('')]) {
    const { message, next, detail } = explainError(thrown);
    expect([message, next, detail].every((text) => text.length > 0)).toBe(true);
  }
});

it('tells a job of the lab in words of its own: it is tried again as it is, not restarted with other settings', () => {
  const step = Object.assign(new Error('The loss became NaN.'), { name: 'StepError' });
  const starter = Object.assign(new Error('It is damaged.'), { name: 'StarterError' });
  const thrown = [
    ...[new RangeError('Array buffer allocation failed'), new TypeError('Failed to fetch'), step, starter, 'x', null],
    new Error('GPUDevice was lost: destroyed'),
  ];
  for (const error of thrown) {
    const { next } = explainJobError(error);
    expect(next).toMatch(/job/);
    expect(next).not.toMatch(/restart|the run\b|tokens per step|learning rate/i);
  }
  expect(explainJobError(thrown[0]).message).toBe(
    'There is not enough memory for this job. (Array buffer allocation failed)',
  );
  expect(explainJobError(Object.assign(new Error('A'), { next: 'B' }))).toMatchObject({ message: 'A', next: 'B' });
});
