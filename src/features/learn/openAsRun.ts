// An arm as the settings of the next run, so that it can be watched stage by stage; and what of one's own that would put away.
import { countOf } from '../../components/format';
import type { FieldName, RunConfig } from '../../core/config';
import { configDifference } from '../../core/parseConfig';
import type { Studio } from '../../state/studioActions';
import type { StudioState } from '../../state/studioState';

/** Chosen with one press each, and so put back with one; the backend stays. */
const PLACE = new Set(['preset', 'family', 'arm', 'backend']);

const ownSettings = (config: RunConfig): [string, string][] =>
  Object.entries(configDifference(config)).filter(([name]) => !PLACE.has(name));

/** Settings that an arm brought itself are not missed. */
const opened = new WeakMap<Studio, string>();

/** What opening an arm would lose, as a sentence; null: nothing that was made here. */
export function lossText({ file, config }: Pick<StudioState, 'file' | 'config'>, openedBefore = ''): string | null {
  if (file) return `The file ${file.fileName} would be closed, and its settings with it.`;
  const own = ownSettings(config);
  if (own.length === 0 || JSON.stringify(own) === openedBefore) return null;
  return `${countOf(own.length, 'setting')} of your own would be lost.`;
}

export const lossOf = (studio: Studio): string | null => lossText(studio.store.getState(), opened.get(studio));

/** The backend stays as it was chosen; a file that was opened makes room for the built-in tasks. */
export function openAsRun(studio: Studio, config: RunConfig): void {
  const { useBuiltin: leaveFile, store } = studio;
  if (store.getState().file) leaveFile();
  const { backend } = store.getState().inputs;
  studio.resetFields();
  if (backend !== undefined) studio.setField('backend', backend);
  for (const [name, text] of Object.entries(configDifference(config))) studio.setField(name as FieldName, text);
  opened.set(studio, JSON.stringify(ownSettings(store.getState().config)));
  studio.setView('run');
  window.scrollTo(0, 0);
}
