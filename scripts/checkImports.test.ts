// The import rule refuses what it must and lets the rest pass.
import { expect, test } from 'vitest';
import { checkImports, importsOf } from './checkImports.mjs';

const messages = (files: Record<string, string>): string[] =>
  checkImports(new Map(Object.entries(files))).map(({ file, line, message }) => `${file}:${line}: ${message}`);

test('reads static, type, side-effect, re-export, and dynamic imports with their lines, not workers', () => {
  const source = `// import no from './comment';
import a, {
  b,
} from './a';
import type { T } from './t';
import './style.css';
export { c } from './c';
import { type U, type V } from './u';
const d = await import('./d');
new Worker(new URL('./w.ts', import.meta.url));
/* import no from './no'; */
`;
  expect(importsOf(source)).toEqual([
    { specifier: './a', line: 2, typeOnly: false },
    { specifier: './t', line: 5, typeOnly: true },
    { specifier: './style.css', line: 6, typeOnly: false },
    { specifier: './c', line: 7, typeOnly: false },
    { specifier: './u', line: 8, typeOnly: true },
    { specifier: './d', line: 9, typeOnly: false },
  ]);
});

test('lets the direction of the house pass', () => {
  expect(
    messages({
      'src/main.tsx': "import { App } from './app/App';",
      'src/app/App.tsx': "import { Run } from '../features/run/Run';\nimport React from 'react';",
      'src/features/run/Run.tsx':
        "import { Chart } from '../../components/Chart';\nimport { run } from '../../state/run';",
      'src/components/Chart.tsx': "import { FIELDS } from '../core/config';",
      'src/state/run.ts': "import { client } from '../worker/trainerClient';",
      'src/worker/trainerClient.ts':
        "import type { Command } from './protocol';\nimport address from './trainer.worker.ts?worker&url';",
      'src/worker/protocol.ts': "import type { RunConfig } from '../core/config';",
      'src/worker/trainer.worker.ts': "import { run } from '../core/run';",
      'src/core/run.ts': "import { sft } from './stages/sft';",
      'src/core/stages/sft.ts': "import { model } from '../model/model';",
      'src/core/model/model.ts': "import { op } from '../ops/op/op';",
      'src/core/ops/op/op.ts': "import { tf } from '../../tf';",
      'src/core/tf.ts': "import * as tf from '@tensorflow/tfjs';",
      'src/core/config.ts': '',
    }),
  ).toEqual([]);
});

test.each([
  [
    'upwards',
    { 'src/core/losses/dpo.ts': "import { sft } from '../stages/sft';", 'src/core/stages/sft.ts': '' },
    /core\/parts must not import from core\/stages/,
  ],
  [
    'a page import in core',
    { 'src/core/run.ts': "import { useState } from 'react';" },
    /core\/run must not import react/,
  ],
  [
    'core from the page',
    { 'src/core/run.ts': "import { s } from '../state/s';", 'src/state/s.ts': '' },
    /core\/run must not import from state/,
  ],
  [
    'feature to feature',
    { 'src/features/run/A.tsx': "import { B } from '../data/B';", 'src/features/data/B.tsx': '' },
    /features never import each other/,
  ],
  [
    'tensors elsewhere',
    { 'src/core/model/m.ts': "import * as tf from '@tensorflow/tfjs';" },
    /only core\/tf\.ts imports/,
  ],
  ['tensors in data', { 'src/core/data/d.ts': "import { tf } from '../tf';", 'src/core/tf.ts': '' }, /never import tf/],
  ['a barrel', { 'src/core/losses/index.ts': '' }, /no barrels/],
  ['a file without a zone', { 'src/misc/x.ts': '' }, /no zone/],
  [
    'a cycle',
    { 'src/core/rng.ts': "import { b } from './math';", 'src/core/math.ts': "import { a } from './rng';" },
    /cycle: src\/core\/rng\.ts → src\/core\/math\.ts → src\/core\/rng\.ts/,
  ],
  [
    'tensors in reach of the page',
    {
      'src/features/run/A.tsx': "import { x } from '../../core/losses/x';",
      'src/core/losses/x.ts': "import { tf } from '../tf';",
      'src/core/tf.ts': '',
    },
    /the page must not load tensors: src\/features\/run\/A\.tsx → src\/core\/losses\/x\.ts → src\/core\/tf\.ts/,
  ],
])('refuses %s', (_, files, expected) => {
  expect(messages(files).join('\n')).toMatch(expected);
});
