// The build's part of the Content Security Policy: writes it into the pages, and fails where a page or a script would break it.
import { type Plugin, parseAst } from 'vite';
import { POLICIES } from './policy.mjs';

/** Finds code in text only where a parse is worth its time. */
const SUSPECT = /\beval\b|\bFunction\s*\(/;
/** Code in a string, as the threads of the WASM backend are made of. */
const EVAL_IN_TEXT = /\beval\s*\)?\s*\(|\bFunction\s*\(/;
/** Libraries ask so for the global object where there is no `self`; a browser has one, and the policy refuses it. */
const GLOBAL_OBJECT = 'return this';

interface Node {
  type: string;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

const children = (node: Node): Node[] =>
  Object.values(node).flatMap((value) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []));

const nameOf = (node: unknown): string | null => {
  if (!isNode(node)) return null;
  if (node.type === 'Identifier') return String(node.name);
  if (node.type === 'ParenthesizedExpression') return nameOf(node.expression);
  // (0, eval)('…'), window.eval('…')
  if (node.type === 'SequenceExpression') return nameOf((node.expressions as Node[]).at(-1));
  return node.type === 'MemberExpression' ? nameOf(node.property) : null;
};

const textOf = (node: unknown): string | null => {
  if (!isNode(node)) return null;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type === 'TemplateElement') return (node.value as { raw: string }).raw;
  const quasis = node.type === 'TemplateLiteral' ? (node.quasis as Node[]) : [];
  return quasis.length === 1 ? textOf(quasis[0]) : null;
};

/** Places in a script that make code from text: what is called, and whether in text that a thread may be made of. Throws SyntaxError. */
export function madeCode(source: string): string[] {
  if (!SUSPECT.test(source)) return [];
  const found: string[] = [];
  const stack: Node[] = [parseAst(source) as unknown as Node];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const called = node.type === 'CallExpression' || node.type === 'NewExpression' ? nameOf(node.callee) : null;
    if (called === 'eval') found.push('eval(…)');
    if (called === 'Function' && textOf((node.arguments as Node[])[0]) !== GLOBAL_OBJECT) found.push('Function(…)');
    const text = node.type === 'Literal' || node.type === 'TemplateElement' ? textOf(node) : null;
    if (text !== null && EVAL_IN_TEXT.test(text)) found.push('eval(…) or Function(…) in a string');
    stack.push(...children(node));
  }
  return found;
}

/** What a page may not hold under its policy: code or styles within the page, addresses that are code. */
export function inlineParts(html: string): string[] {
  const found: string[] = [];
  for (const [tag] of html.matchAll(/<script\b[^>]*>/gi)) if (!/\ssrc=/i.test(tag)) found.push(tag);
  for (const [tag] of html.matchAll(/<[a-z][^>]*\s(?:on[a-z]+|style|srcdoc)=[^>]*>/gi)) found.push(tag);
  for (const [tag] of html.matchAll(/<style\b[^>]*>|javascript:/gi)) found.push(tag);
  return found;
}

/** Only in the build: while developing, Vite puts scripts and styles into the page and talks to its own server. */
export function enforcePolicy(): Plugin {
  return {
    name: 'enforce-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'pre',
      handler(_, { path }) {
        const content = Object.entries(POLICIES).find(([name]) => path.endsWith(`/${name}`))?.[1];
        if (!content) throw new Error(`${path} has no Content Security Policy: give it one in scripts/policy.mjs.`);
        const attrs = { 'http-equiv': 'Content-Security-Policy', content };
        return [{ tag: 'meta', attrs, injectTo: 'head-prepend' }];
      },
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const name of Object.keys(POLICIES)) if (!(name in bundle)) this.error(`The build makes no ${name}.`);
        for (const [name, part] of Object.entries(bundle)) {
          const text = part.type === 'chunk' ? part.code : String(part.source);
          if (name.endsWith('.js'))
            for (const what of madeCode(text))
              this.error(`${name} makes code from text, which the policy refuses: ${what}.`);
          if (!name.endsWith('.html')) continue;
          for (const what of inlineParts(text)) this.error(`${name} holds what its policy refuses: ${what}`);
          if (!/<head>\s*<meta http-equiv="Content-Security-Policy"/.test(text))
            this.error(`${name} does not begin with its Content Security Policy.`);
        }
      },
    },
  };
}
