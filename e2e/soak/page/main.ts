// Put in front of the studio's page: hears its training worker, tells the soak what it hears, hands on orders, and reads saved runs with the studio's own store.
import { openRunStore } from '../../../src/storage/runStore';
import type { WorkerMessage } from '../../../src/worker/protocol';
import type { PageWindow, SavedFacts, Spoken } from './contract';
import { CHANNEL, type Report } from './orders';
import { toldOf } from './told';

declare const window: PageWindow;

const say = (spoken: Spoken): void => void window.soakHears?.(JSON.stringify(spoken));

let trainer: Worker | null = null;
let runId = '';

function hear(message: WorkerMessage): void {
  switch (message.type) {
    case 'run.phase':
      runId = message.runId;
      say({ type: 'phase', phase: message.phase });
      break;
    case 'run.failed': {
      const { cause, detail } = message.error;
      say({ type: 'failed', cause, detail, isResumable: message.resumable });
      break;
    }
    case 'run.saved':
      say({ type: 'saved', savedAt: message.savedAt, place: message.place });
      break;
    case 'run.saveTrouble':
      say({ type: 'trouble', kind: message.kind });
      break;
    case 'run.events': {
      const staged = message.events.flatMap((event) => ('stage' in event && event.stage !== null ? [event.stage] : []));
      say({ type: 'events', stages: [...new Set(staged)] });
      break;
    }
    default:
  }
}

window.Worker = class extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    this.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
      if (!data?.type?.startsWith('run.')) return;
      trainer = this;
      hear(data);
    });
    this.addEventListener('error', ({ message }) => {
      if (trainer === this) say({ type: 'crashed', what: message });
    });
  }
};

const channel = new BroadcastChannel(CHANNEL);
channel.onmessage = ({ data }: MessageEvent<Report>) => say(data);

window.soak = {
  order: (order) => channel.postMessage(order),
  askToSave: () => trainer?.postMessage({ type: 'run.save', runId }),
  terminate(isTold) {
    trainer?.terminate();
    // As the browser tells the end of a worker that has no memory left.
    if (isTold) trainer?.dispatchEvent(new ErrorEvent('error', { message: 'The worker was ended, says the soak.' }));
  },
  async saved() {
    const store = await openRunStore();
    try {
      const { runs, aside } = await store.list();
      const listed = runs.map(({ id, name, status, saves, damaged }): SavedFacts => {
        const { savedAt, place, eventsTold } = saves[0]!;
        return { id, name, status, savedAt, place, eventsTold, damaged: damaged.length, problem: null };
      });
      const none = { status: null, savedAt: 0, place: null, eventsTold: 0, damaged: 0 };
      return [...listed, ...aside.map(({ id, name, problem }) => ({ ...none, id, name: name ?? '', problem }))];
    } finally {
      store.close();
    }
  },
  async told(id) {
    const store = await openRunStore();
    try {
      const { log, problems } = await store.open(id, { withPoint: true });
      return { ...toldOf(log), problems };
    } finally {
      store.close();
    }
  },
  async forget(id) {
    const store = await openRunStore();
    try {
      await (await store.remove(id)).purge();
    } finally {
      store.close();
    }
  },
};
