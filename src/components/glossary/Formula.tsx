// Symbols with real subscripts: “S_w” is written with a small w.
import { createElement, Fragment } from 'react';

/** What stands behind an underscore: letters (“_SFT”), an index (“_t+1”), what came before (“_<t”). */
const SUBSCRIPT = /_(<t|t\+1|[A-Za-z]+)/;

export function WithSubscripts({ text }: { text: string }) {
  // As arguments of their own they need no keys; every second part is a subscript.
  const parts = text.split(SUBSCRIPT).map((part, i) => (i % 2 === 1 ? createElement('sub', null, part) : part));
  return createElement(Fragment, null, ...parts);
}

export function Formula({ text }: { text: string }) {
  return (
    <span className="term-formula">
      <WithSubscripts text={text} />
    </span>
  );
}
