// A run that rests because it cannot be saved, in words. Who shows it: SavingCard.tsx.
import type { SaveTrouble } from '../../worker/protocol';

export const roomHeading = ({ kind }: Pick<SaveTrouble, 'kind'>): string =>
  kind === 'full' ? 'No room left for saves' : 'The browser refuses to save this run';

/** What is offered first. */
export const roomStep = ({ kind }: Pick<SaveTrouble, 'kind'>): string =>
  kind === 'full' ? 'Make room' : 'Go on without saving';
