// What the sources may not hold: HTML and code made from text, links out without their rel.
import { expect, test } from 'vitest';
import { checkPage } from './checkPage.mjs';

test.each([
  'element.innerHTML = name;',
  '<div dangerouslySetInnerHTML={{ __html: name }} />',
  "element.insertAdjacentHTML('beforeend', name);",
  'document.write(name);',
  '<iframe srcDoc={text} />',
  'const f = new Function(text);',
  'eval(text);',
  "setTimeout('go()', 10);",
  "const url = 'javascript:' + text;",
  'window.open(address);',
  '<a href="https://example.test">there</a>',
  '<a className="x" href="//example.test" rel="noopener">there</a>',
  '<a href={"https://" + host} target="_blank" rel="noreferrer">there</a>',
  '<a\n  href={address}\n  target="_blank"\n>there</a>',
])('refuses %s', (source) => {
  expect(checkPage(`const a = 1;\n${source}`)).toEqual([{ line: 2, message: expect.any(String) }]);
});

test.each([
  '<a href="#view" onClick={(event) => go(event, a > b)}>on</a>',
  "<a href={address || './'}>here</a>",
  '<a href="https://example.test" target="_blank" rel="noopener noreferrer">there</a>',
  'const evaluation = evaluate(x); metrics.eval(x); setTimeout(publish, 500);',
])('takes %s', (source) => {
  expect(checkPage(source)).toEqual([]);
});
