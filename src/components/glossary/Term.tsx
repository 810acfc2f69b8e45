// A word with its explanation: dotted underline, and a note on hover, focus or touch. The note lies over everything, so that no box cuts it
// off, and is said by screen readers as the word's description.
import {
  createElement,
  Fragment,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import { Formula, WithSubscripts } from './Formula';
import { noteHome, notePlace } from './notePlace';
import { entryOf, splitByTerms, type TermName } from './terms';
import './glossary.css';

interface TermProps {
  name: TermName;
  /** The word as it stands in its sentence; the term's own label without. */
  children?: ReactNode;
}

/** So long the pointer may take from the word to its note, ms. */
const GRACE = 160;

export function Term({ name, children }: TermProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** A click that focused the word must not close what the focus has opened. */
  const openedAt = useRef(0);
  const id = useId();
  const show = () => {
    clearTimeout(timer.current);
    if (!open) openedAt.current = performance.now();
    setOpen(true);
  };
  const hideSoon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (document.activeElement !== button.current) setOpen(false);
    }, GRACE);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useClosing(open, button, () => setOpen(false));
  return (
    <>
      <button
        ref={button}
        type="button"
        className="term"
        aria-describedby={open ? id : undefined}
        onClick={() => {
          if (!open) show();
          else if (performance.now() - openedAt.current > 2 * GRACE) setOpen(false);
        }}
        onPointerEnter={(event) => event.pointerType === 'mouse' && show()}
        onPointerLeave={(event) => event.pointerType === 'mouse' && hideSoon()}
        onFocus={show}
        onBlur={() => setOpen(false)}
      >
        {children ?? entryOf(name).label}
      </button>
      {open && (
        <Note id={id} name={name} word={button} onEnter={show} onLeave={hideSoon} onAway={() => setOpen(false)} />
      )}
    </>
  );
}

/** Escape closes it and nothing else; so does a touch elsewhere. */
function useClosing(open: boolean, button: RefObject<HTMLButtonElement | null>, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      latest.current();
    };
    const away = (event: Event) => {
      if (event.target instanceof Node && !button.current?.contains(event.target)) latest.current();
    };
    document.addEventListener('keydown', onKey, true);
    document.addEventListener('pointerdown', away);
    return () => {
      document.removeEventListener('keydown', onKey, true);
      document.removeEventListener('pointerdown', away);
    };
  }, [open, button]);
}

/** Puts the note at its word. Scrolling takes it along while the word has the focus: whoever came there by Tab has made the page scroll. */
function usePlace(
  box: RefObject<HTMLElement | null>,
  word: RefObject<HTMLButtonElement | null>,
  onAway: () => void,
): void {
  const latest = useRef(onAway);
  latest.current = onAway;
  useLayoutEffect(() => {
    const put = () => {
      if (!box.current || !word.current) return;
      const { width, height } = box.current.getBoundingClientRect();
      const sight = { width: document.documentElement.clientWidth, height: window.innerHeight };
      const at = word.current.getBoundingClientRect();
      const place = notePlace(at, { width, height }, sight);
      box.current.style.left = `${place.left}px`;
      box.current.style.top = `${place.top}px`;
      box.current.style.visibility = at.bottom < 0 || at.top > sight.height ? 'hidden' : '';
    };
    const onScroll = ({ target }: Event) => {
      // What the word does not stand in moves neither.
      if (!(target instanceof Node) || !target.contains(word.current)) return;
      if (document.activeElement === word.current) put();
      else latest.current();
    };
    put();
    window.addEventListener('scroll', onScroll, { passive: true, capture: true });
    return () => window.removeEventListener('scroll', onScroll, { capture: true });
  }, [box, word]);
}

interface NoteProps {
  id: string;
  name: TermName;
  word: RefObject<HTMLButtonElement | null>;
  onEnter(): void;
  onLeave(): void;
  onAway(): void;
}

function Note({ id, name, word, onEnter, onLeave, onAway }: NoteProps) {
  const box = useRef<HTMLSpanElement>(null);
  const { label, text, formula, where } = entryOf(name);
  usePlace(box, word, onAway);
  return createPortal(
    <span ref={box} id={id} role="tooltip" className="term-note" onPointerEnter={onEnter} onPointerLeave={onLeave}>
      <strong>{label}</strong>{' '}
      <span>
        <WithSubscripts text={text} />
      </span>
      {formula && <Formula text={formula} />}
      <span className="term-where">Seen in {where}.</span>
    </span>,
    (word.current && noteHome(word.current, document.fullscreenElement)) ?? document.body,
  );
}

/** A text in which the first occurrence of each of the terms is explained. */
export function Glossed({ text, terms }: { text: string; terms: readonly TermName[] }) {
  // As arguments of their own they need no keys.
  const parts = splitByTerms(text, terms).map(({ name, text: part }) =>
    name ? createElement(Term, { name }, part) : part,
  );
  return createElement(Fragment, null, ...parts);
}
