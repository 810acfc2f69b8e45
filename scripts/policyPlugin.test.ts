// What the build refuses: code and styles within a page, code made from text in a script; and the policies' exact words.
import { expect, test } from 'vitest';
import { HUB_POLICY, PAGE_POLICY } from './policy.mjs';
import { inlineParts, madeCode } from './policyPlugin';

test('the page may connect to its own host only, and the hub’s frame may only connect', () => {
  const page = new Map(PAGE_POLICY.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
  expect(page.get('default-src')).toBe("'none'");
  expect(page.get('connect-src')).toBe("'self'");
  expect(page.get('script-src')).toBe("'self' blob: 'wasm-unsafe-eval'");
  expect(page.get('worker-src')).toBe("'self' blob:");
  expect(page.get('require-trusted-types-for')).toBe("'script'");
  for (const name of ['base-uri', 'form-action', 'object-src']) expect(page.get(name)).toBe("'none'");
  expect(PAGE_POLICY).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  expect(HUB_POLICY).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; object-src 'none'; connect-src http: https:",
  );
});

test.each([
  ['eval(text)', ['eval(…)']],
  ['(0, eval)(text)', ['eval(…)']],
  ['window.eval(text)', ['eval(…)']],
  ['new Function("a", text)', ['Function(…)']],
  ['Function(text)()', ['Function(…)']],
  ['const worker = `self.onmessage = (e) => eval(e.data)`', ['eval(…) or Function(…) in a string']],
])('finds the code that %s makes', (source, found) => {
  expect(madeCode(source)).toEqual(found);
});

test.each([
  'const a = typeof self === "object" ? self : Function(`return this`)()',
  'class Function2 { evaluate(x) { return x } }; isFunction(x); const evaluation = evaluate(1);',
  'if (x instanceof Function) x()',
  '// eval(text)\nconst words = "evaluation (all)"',
])('finds none in %s', (source) => {
  expect(madeCode(source)).toEqual([]);
});

test('finds what stands within a page', () => {
  expect(inlineParts('<script type="module" src="./a.js"></script><link rel="icon" href="./b.svg">')).toEqual([]);
  expect(inlineParts('<script>go()</script>')).toEqual(['<script>']);
  expect(inlineParts('<body onload="go()">')).toEqual(['<body onload="go()">']);
  expect(inlineParts('<p style="color:red">')).toEqual(['<p style="color:red">']);
  expect(inlineParts('<style>p{}</style><a href="javascript:go()">x</a>')).toEqual(['<style>', 'javascript:']);
});
