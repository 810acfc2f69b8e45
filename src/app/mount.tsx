// Puts the studio into the page: worker, memory, frame clock, address bar, theme.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import type { Isolation } from '../isolation/bringIsolation';
import { createPresence } from '../state/presence';
import { parseRecorded } from '../state/recordedSchema';
import { parseVerdicts } from '../state/recordedVerdicts';
import { openSessionShelf, removeOldShelves } from '../state/sessionShelf';
import { createMemory } from '../state/storage';
import { createStudio } from '../state/studio';
import { parseUrl } from '../state/urlState';
import { ModelDeskContext } from '../state/useModelDesk';
import { PresenceContext } from '../state/usePresence';
import { StudioContext } from '../state/useStudio';
import atlasAddress from '../worker/atlas.worker.ts?worker&url';
import type { AtlasPort } from '../worker/atlasClient';
import { startWorker } from '../worker/startWorker';
import trainerAddress from '../worker/trainer.worker.ts?worker&url';
import type { WorkerPort } from '../worker/trainerClient';
import { App } from './App';
import { browserFrames, createSchedule } from './frames';
import { createDesk } from './modelDeskHome';
import { followAddress, followTheme, saveOnLeaving } from './page';
import { browserPage } from './presenceHome';
import './theme.css';

const createWorker = (): WorkerPort => startWorker(trainerAddress, document.baseURI);

const createAtlas = (): AtlasPort => startWorker(atlasAddress);

/** One to 9999: short enough to read out and to type. */
const drawSeed = (): number => 1 + (crypto.getRandomValues(new Uint32Array(1))[0]! % 9999);

/** A missing or broken recording only leaves its place empty. */
async function loadRecorded<T>(path: string, parse: (data: unknown) => T | null, take: (found: T) => void) {
  try {
    const response = await fetch(new URL(path, document.baseURI));
    const found = response.ok ? parse(await response.json()) : null;
    if (found) take(found);
  } catch {
    // Nothing to show.
  }
}

/** Renders the studio into `root`. Throws Error when there is none. */
export function mount(root: HTMLElement | null, isolation: Isolation): void {
  if (!root) throw new Error('index.html has no element with the id “studio”.');
  const search = location.search;
  const memory = createMemory(() => localStorage);
  const now = () => performance.now();
  const schedule = createSchedule(browserFrames);
  const surroundings = { createWorker, createAtlas, memory, isolation, schedule, drawSeed, now };
  const studio = createStudio(search, {
    ...surroundings,
    openShelf: openSessionShelf,
    openRunStore: async () => (await import('../storage/runStore')).openRunStore(),
    wallTime: () => Date.now(),
    after: (milliseconds, work) => void setTimeout(work, milliseconds),
  });
  const desk = createDesk(studio, memory);
  followTheme(studio);
  followAddress(studio);
  saveOnLeaving(studio);
  const presence = createPresence(studio, memory, browserPage);
  createRoot(root).render(
    <StrictMode>
      <StudioContext value={studio}>
        <ModelDeskContext value={desk}>
          <PresenceContext value={presence}>
            <App />
          </PresenceContext>
        </ModelDeskContext>
      </StudioContext>
    </StrictMode>,
  );
  void loadRecorded('./recorded/run.json', parseRecorded, studio.setRecorded);
  void loadRecorded('./study/verdicts.json', parseVerdicts, studio.setVerdicts);
  void removeOldShelves();
  void studio.saved.arrive();
  if (parseUrl(search).autostart) studio.start();
  else void studio.checkBackend();
}
