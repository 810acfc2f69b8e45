// No HTML is made from text and no code from data anywhere in the sources, and every link to another place has its `rel`. The browser
// enforces the first two (scripts/policy.mjs); here they are found before it does. A command: node scripts/checkPage.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './setup.mjs';

/** @type {readonly (readonly [RegExp, string])[]} */
const FORBIDDEN = [
  [/\bdangerouslySetInnerHTML\b/, 'text is shown as text, not as HTML'],
  [/\b(innerHTML|outerHTML|srcdoc|srcDoc)\b/, 'text is shown as text, not as HTML'],
  [
    /\b(insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|parseHTMLUnsafe)\b/,
    'text is shown as text, not as HTML',
  ],
  [/\bdocument\s*\.\s*write(ln)?\b|\bDOMParser\b/, 'text is shown as text, not as HTML'],
  [/\bnew\s+Function\b|(?<![\w.])eval\s*\(|\bset(Timeout|Interval)\s*\(\s*['"`]/, 'no code is made from text'],
  [/javascript:/i, 'an address is no code'],
  [/\bwindow\s*\.\s*open\s*\(/, 'a link with rel="noopener noreferrer" leads out'],
];
const LINK = /<a\b(?:[^>{]|\{[^}]*\})*>/g;
const LEADS_OUT = /href=(["'{`\s]*)(https?:)?\/\/|target=/;
const REL = /rel="(?=[^"]*\bnoopener\b)(?=[^"]*\bnoreferrer\b)/;

/**
 * @param {string} source
 * @returns {{line: number, message: string}[]}
 */
export function checkPage(source) {
  const lineOf = (/** @type {number} */ at) => source.slice(0, at).split('\n').length;
  const found = source
    .split('\n')
    .flatMap((text, i) => FORBIDDEN.flatMap(([what, why]) => (what.test(text) ? [{ line: i + 1, message: why }] : [])));
  for (const { 0: tag, index } of source.matchAll(LINK))
    if (LEADS_OUT.test(tag) && !(REL.test(tag) && /target="_blank"/.test(tag)))
      found.push({
        line: lineOf(index),
        message: 'a link to another place needs target="_blank" and rel="noopener noreferrer"',
      });
  return found;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  let violations = 0;
  for (const file of files)
    for (const { line, message } of checkPage(readFileSync(file, 'utf8'))) {
      console.error(`${relative(ROOT, file)}:${line}: ${message}`);
      violations++;
    }
  console.log(`page: ${files.length} files, ${violations} violations`);
  process.exit(violations > 0 ? 1 : 0);
}
