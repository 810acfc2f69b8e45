// An arm as the settings of the next run, so that it can be watched stage by stage.
import type { FieldName, RunConfig } from '../../core/config';
import { configDifference } from '../../core/parseConfig';
import type { Studio } from '../../state/studio';

/** The backend stays as it was chosen; a file that was opened makes room for the built-in tasks. */
export function openAsRun(studio: Studio, config: RunConfig): void {
  const { useBuiltin: leaveFile, store } = studio;
  if (store.getState().file) leaveFile();
  const { backend } = store.getState().inputs;
  studio.resetFields();
  if (backend !== undefined) studio.setField('backend', backend);
  for (const [name, text] of Object.entries(configDifference(config))) studio.setField(name as FieldName, text);
  studio.setView('run');
  window.scrollTo(0, 0);
}
