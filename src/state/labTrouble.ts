// The lab's shelf as the lab uses it: it never rejects. What storage refuses is told in words, and the lab goes on in memory.
import type { Kept, LabShelf } from './labShelf';

type Trouble = 'refused' | 'newer' | 'full' | 'unread' | 'unwritten';

const UNKEPT = 'new results last until this page is closed: export them to keep them';
const TEXT: Readonly<Record<Trouble, string>> = {
  refused: `This browser refuses its storage (a private window, or blocked site data); ${UNKEPT}.`,
  newer: `What this browser stores is of a newer version of the studio. Reload the page to get it; until then ${UNKEPT}.`,
  full: `The browser’s storage is full; ${UNKEPT}. Removing results or other sites’ data makes room.`,
  unread:
    'Kept results could not be read from the browser’s storage; they are computed again where they are asked for.',
  unwritten: `The browser’s storage did not take a change; ${UNKEPT}.`,
};

const asideText = (count: number): string =>
  `${count === 1 ? 'One kept record' : `${count} kept records`} cannot be used (damaged, or of another version of the studio or its engine) and ${count === 1 ? 'is' : 'are'} left as ${count === 1 ? 'it is' : 'they are'}.`;

const nameOf = (error: unknown): string => (error instanceof Error || error instanceof DOMException ? error.name : '');

/** The methods of LabShelf, none of which rejects. */
export type SteadyShelf = {
  [name in keyof LabShelf]: (...given: Parameters<LabShelf[name]>) => ReturnType<LabShelf[name]>;
};

/** Opens the shelf at once. `say` gets everything that is to be said, each time that it changes. */
export function steadyShelf(open: () => Promise<LabShelf>, say: (text: string) => void): SteadyShelf {
  const told: string[] = [];
  const tell = (text: string): void => {
    if (told.includes(text)) return;
    told.push(text);
    say(told.join(' '));
  };
  const opened: Promise<LabShelf | null> = open().catch((error: unknown) => {
    tell(TEXT[nameOf(error) === 'VersionError' ? 'newer' : 'refused']);
    return null;
  });
  const attempt = async <T>(work: (shelf: LabShelf) => Promise<T>, otherwise: T, trouble: Trouble): Promise<T> => {
    const shelf = await opened;
    if (!shelf) return otherwise;
    try {
      return await work(shelf);
    } catch (error) {
      tell(TEXT[nameOf(error) === 'QuotaExceededError' ? 'full' : trouble]);
      return otherwise;
    }
  };
  const nothing: Kept = { results: [], jobs: [], setAside: 0 };
  return {
    async readAll() {
      const kept = await attempt((shelf) => shelf.readAll(), nothing, 'unread');
      if (kept.setAside > 0) tell(asideText(kept.setAside));
      return kept;
    },
    readJobs: () => attempt((shelf) => shelf.readJobs(), [], 'unread'),
    read: (key) => attempt((shelf) => shelf.read(key), null, 'unread'),
    write: (known) => attempt((shelf) => shelf.write(known), undefined, 'unwritten'),
    remove: (keys) => attempt((shelf) => shelf.remove(keys), undefined, 'unwritten'),
    queue: (jobs) => attempt((shelf) => shelf.queue(jobs), undefined, 'unwritten'),
    unqueue: (keys) => attempt((shelf) => shelf.unqueue(keys), undefined, 'unwritten'),
  };
}
