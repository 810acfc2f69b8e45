import { expect, it } from 'vitest';
import { explainError } from './explainError';

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

it('takes anything that is thrown', () => {
  for (const thrown of ['x', null, undefined, 3, {}, new Error('')]) {
    const { message, next, detail } = explainError(thrown);
    expect([message, next, detail].every((text) => text.length > 0)).toBe(true);
  }
});
