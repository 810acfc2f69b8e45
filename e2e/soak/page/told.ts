// What a run has told, short enough to be held against what another one told: its numbers, and a checksum of each event's bits. Times are no part of it, nor
// is progress, of which a log keeps what was last told before something else.
import type { LogEntry } from '../../../src/core/bundle/runLog';
import type { RunEvent } from '../../../src/core/events';
import { crc32 } from '../../../src/core/files/crc32';

export interface Told {
  /** [series, step, loss] */
  steps: [series: string, step: number, loss: number][];
  /** Whatever else is a number to look at: accuracies, KL, masks, frozen weights. */
  facts: [name: string, value: number | null][];
  /** Of every event in order: its type, and its bits. */
  events: [type: string, checksum: number][];
}

/** What is not of a run's outcome: times, memory, and what the machine is. */
const ASIDE = new Set(['milliseconds', 'seconds', 'memoryBytes', 'backend']);

/** With the bits of its arrays and its fields in the order of their names. */
const bitsOf = (event: RunEvent): string =>
  JSON.stringify(event, (key, value: unknown) => {
    if (ASIDE.has(key)) return undefined;
    if (ArrayBuffer.isView(value))
      return `bits ${crc32(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
    if (typeof value === 'number') return Object.is(value, -0) || !Number.isFinite(value) ? `number ${value}` : value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

function factsOf(event: RunEvent): Told['facts'] {
  switch (event.type) {
    case 'mask':
      return [
        [`${event.purpose} mask, selected`, event.selected],
        [`${event.purpose} mask, threshold`, event.threshold],
      ];
    case 'frozen':
      return [[`${event.stage}, frozen weights moved`, event.moved]];
    case 'evaluation': {
      const { families, dangers: _, ...numbers } = event.result;
      const accuracies = Object.entries(families).flatMap(([family, { greedy, sampled }]): Told['facts'] => [
        [`${event.moment}, ${family}, greedy`, greedy],
        [`${event.moment}, ${family}, sampled`, sampled],
      ]);
      return [
        ...accuracies,
        ...Object.entries(numbers).map(([name, value]): Told['facts'][number] => [`${event.moment}, ${name}`, value]),
      ];
    }
    case 'snapshot':
      return [[`${event.stage} ${event.step}, KL`, event.klToSft]];
    case 'drift':
      return [
        [`${event.stage} ${event.step}, drift`, event.klToSft],
        [`${event.stage} ${event.step}, log p(gold)`, event.goldLogp],
      ];
    default:
      return [];
  }
}

export function toldOf(log: readonly LogEntry[]): Told {
  const told: Told = { steps: [], facts: [], events: [] };
  const text = new TextEncoder();
  for (const entry of log) {
    if (!('event' in entry) || entry.event.type === 'stage.progress') continue;
    const { event } = entry;
    if (event.type === 'step') told.steps.push([event.series, event.step, event.metrics.loss]);
    told.facts.push(...factsOf(event));
    told.events.push([event.type, crc32(text.encode(bitsOf(event)))]);
  }
  return told;
}
