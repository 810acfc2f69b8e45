// What the glossary says of a term.

/** Names of views, as in the address. */
export type GlossaryView =
  | 'run'
  | 'curves'
  | 'data'
  | 'neurons'
  | 'tokens'
  | 'samples'
  | 'try'
  | 'lab'
  | 'compare'
  | 'learn'
  | 'system';

export interface GlossaryEntry {
  /** As written in the middle of a sentence. */
  label: string;
  /** Other words that find it. */
  also?: string;
  text: string;
  formula?: string;
  /** Where it is seen, behind “Seen in”. */
  where: string;
  view: GlossaryView;
}
