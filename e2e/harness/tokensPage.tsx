// The Tokens view on a made-up run with more than 5 000 wrong answers, with the real store but a trainer that only says what fakeRun
// makes.
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { TokensView } from '../../src/features/tokens/TokensView';
import { StudioContext, useSelectedRun } from '../../src/state/useStudio';
import { fakeEvents } from '../../src/testing/fakeRun';
import { pageStudio } from './pageStudio';

export type TokensPageWindow = Window & {
  tokens?: {
    responses: number;
    moveMoment(by: 1 | -1): void;
  };
};

const { studio, say } = pageStudio();

function Shown() {
  const run = useSelectedRun();
  return (
    <main style={{ padding: 16 }}>
      <h1 className="title">Tokens of a large run</h1>
      <TokensView run={run} />
    </main>
  );
}

document.documentElement.dataset.theme = 'light';
// The events are made first, so that only the view's own work is measured.
const change = { prompts: 3200, samplesPerPrompt: 4 };
// As in a real run, log-ratios are told of the first two thousand answers and pairs.
const events = [...fakeEvents('done', { preset: 'tiny', change })].map((event) => {
  if (event.type === 'log-ratios') return { ...event, records: event.records.slice(0, 2000) };
  if (event.type === 'pair-log-ratios') return { ...event, records: event.records.slice(0, 2000) };
  return event;
});
const responses = events.flatMap((event) => (event.type === 'rewards' ? event.records : [])).length;

studio.choosePreset('tiny');
studio.start();
const runId = studio.store.getState().selectedId!;
const pause = () => new Promise((done) => setTimeout(done, 4));
await pause();
performance.mark('judged: taking in 5 000 answers');
createRoot(document.getElementById('root')!).render(
  <StudioContext value={studio}>
    <Shown />
  </StudioContext>,
);
for (const event of events) {
  say({ type: 'run.events', runId, events: [event] });
  if (event.type !== 'step') await pause();
}
say({ type: 'run.phase', runId, phase: 'done' });
(window as TokensPageWindow).tokens = {
  responses,
  moveMoment: (by) => studio.moveMoment(by),
};
