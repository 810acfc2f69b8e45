// Every setting, from the FIELDS table, by group, beside the view. Edits during a run apply when it is restarted.
import { useEffect, useRef } from 'react';
import { FieldControl } from '../../components/fields/FieldControl';
import { countOf } from '../../components/format';
import { Icon } from '../../components/icons';
import type { FieldName, RunConfig } from '../../core/config';
import { FIELD_NAMES, FIELDS } from '../../core/fields';
import type { FieldGroup } from '../../core/fields/field';
import { isRelevant } from '../../core/fields/relevant';
import type { ConfigProblem } from '../../core/parseConfig';
import { presetConfig } from '../../core/presets';
import { isOver } from '../../state/studioState';
import { useActiveRun, useStudio, useStudioState } from '../../state/useStudio';
import { Estimate } from './Estimate';
import { LiveSettings } from './LiveSettings';
import { chosenText, fieldFor, optionGroups } from './settingChoices';

const GROUPS: readonly { group: FieldGroup; label: string }[] = [
  { group: 'run', label: 'Run' },
  { group: 'sampling', label: 'Sampling and pairs' },
  { group: 'warm-up', label: 'Warm-up' },
  { group: 'mask', label: 'Neuron masks' },
  { group: 'rewards', label: 'Token rewards' },
  { group: 'forgetting', label: 'Forgetting' },
  { group: 'improving', label: 'Improving' },
  { group: 'methods', label: 'The method’s own' },
  { group: 'optimiser', label: 'Optimiser' },
  { group: 'evaluation', label: 'Evaluation' },
  { group: 'model', label: 'Model, from scratch only' },
  { group: 'sft', label: 'SFT, from scratch only' },
];

const asText = (value: RunConfig[FieldName]): string =>
  typeof value === 'boolean' ? (value ? '1' : '0') : String(value);

/** What a setting goes back to: for preset, family and method the studio's own defaults. */
function defaultOf(config: RunConfig, name: FieldName): string {
  const isKey = name === 'preset' || name === 'family' || name === 'arm';
  return asText((isKey ? presetConfig() : presetConfig(config.preset, config.family, config.arm))[name]);
}

export function SettingsPanel({ onClose }: { onClose(): void }) {
  const studio = useStudio();
  const config = useStudioState((state) => state.config);
  const active = useActiveRun();
  const at = useStudioState((state) => state.settingsAt);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const field = at && panel.current?.querySelector<HTMLElement>(`[data-setting="${at.field}"] :is(input, select)`);
    if (field) field.focus();
    else panel.current?.focus({ preventScroll: true });
  }, [at]);
  const pending = active ? FIELD_NAMES.filter((name) => active.config[name] !== config[name]) : [];
  const changed = FIELD_NAMES.some((name) => asText(config[name]) !== defaultOf(config, name));
  return (
    <aside
      ref={panel}
      className="settings"
      aria-label="Settings"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <header className="settings-head">
        <h3 className="heading">Settings</h3>
        <button type="button" className="button" disabled={!changed} onClick={studio.resetFields}>
          Reset all
        </button>
        <button type="button" className="button button-quiet" aria-label="Close settings" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {pending.length > 0 && (
        <p className="settings-pending">
          {countOf(pending.length, 'change applies', 'changes apply')} at restart.{' '}
          <button type="button" className="button" onClick={() => studio.start()}>
            <Icon name="restart" />
            Restart now
          </button>
        </p>
      )}
      <Estimate />
      {active && !isOver(active.phase) && (
        <section className="settings-live" aria-labelledby="settings-live">
          <h4 id="settings-live" className="heading">
            While this run is on
          </h4>
          <LiveSettings run={active} />
        </section>
      )}
      {GROUPS.map(({ group, label }) => (
        <Group
          key={group}
          group={group}
          label={label}
          pending={pending}
          isOpen={group === 'run' || (at !== null && FIELDS[at.field].group === group)}
        />
      ))}
    </aside>
  );
}

interface GroupProps {
  group: FieldGroup;
  label: string;
  pending: readonly FieldName[];
  isOpen: boolean;
}

function Group({ group, label, pending, isOpen }: GroupProps) {
  const config = useStudioState((state) => state.config);
  const problems = useStudioState((state) => state.problems);
  const all = FIELD_NAMES.filter((name) => FIELDS[name].group === group);
  const names = shownSettings(all, config, problems);
  const hidden = all.length - names.length;
  const changed = names.filter((name) => asText(config[name]) !== defaultOf(config, name)).length;
  return (
    <details className="settings-group" open={isOpen}>
      <summary>
        {label}
        {changed > 0 && <span className="settings-count"> · {changed} changed</span>}
      </summary>
      <div className="settings-fields">
        {names.map((name) => (
          <Setting key={name} name={name} isPending={pending.includes(name)} />
        ))}
        {hidden > 0 && (
          <p className="caption">
            {countOf(hidden, 'setting', 'settings')} of other methods and optimisers {hidden > 1 ? 'are' : 'is'} hidden:
            here {hidden > 1 ? 'they change' : 'it changes'} nothing.
          </p>
        )}
      </div>
    </details>
  );
}

/** Those that do something, and any that was changed or is wrong, so that it can be put right. */
export function shownSettings(
  names: readonly FieldName[],
  config: RunConfig,
  problems: readonly ConfigProblem[],
): FieldName[] {
  return names.filter(
    (name) =>
      isRelevant(name, config) ||
      asText(config[name]) !== defaultOf(config, name) ||
      problemOf(problems, name) !== null,
  );
}

const problemOf = (problems: readonly ConfigProblem[], name: FieldName): string | null =>
  problems.find((problem) => problem.field === name)?.message ?? null;

function Setting({ name, isPending }: { name: FieldName; isPending: boolean }) {
  const studio = useStudio();
  const config = useStudioState((state) => state.config);
  const problem = useStudioState((state) => problemOf(state.problems, name));
  return (
    <div data-setting={name}>
      <FieldControl
        field={fieldFor(name, config)}
        groups={optionGroups(name)}
        chosen={chosenText(name, config)}
        value={asText(config[name])}
        defaultValue={defaultOf(config, name)}
        problem={problem}
        isPending={isPending}
        onChange={(text) => (name === 'preset' ? choosePreset(studio, text) : studio.setField(name, text))}
        onReset={() => studio.resetField(name)}
      />
    </div>
  );
}

/** A preset brings its own sizes and rates. */
function choosePreset(studio: ReturnType<typeof useStudio>, text: string): void {
  const field = FIELDS.preset;
  const known = field.kind === 'choice' ? field.choices : [];
  const preset = known.find((choice) => choice === text);
  if (preset) studio.choosePreset(preset as RunConfig['preset']);
}
