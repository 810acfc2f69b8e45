import { expect, it } from 'vitest';
import { explainError, explainJobError } from './explainError';

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
