// Before the first run: one big button, and the two or three choices that matter most.
import { Choice } from '../../components/Choice';
import { formatCount } from '../../components/format';
import { Icon } from '../../components/icons';
import { FAMILIES, type Family, PRESETS, type Preset, type RunConfig } from '../../core/config';
import { METHOD_DESCRIPTIONS } from '../../core/methods';
import { useDeskState } from '../../state/useModelDesk';
import { useStudio, useStudioState } from '../../state/useStudio';
import { OpenRunButton } from './BundleButtons';
import { Estimate } from './Estimate';
import { ImportButton } from './ImportPanel';
import { ModelChoice } from './ModelChoice';

const PRESET_LABELS: Readonly<Record<Preset, string>> = {
  tiny: 'Tiny',
  default: 'Default',
  scratch: 'From scratch',
  large: 'Large',
};
const PRESET_TEXT: Readonly<Record<Preset, string>> = {
  tiny: 'A much smaller shipped model: the whole pipeline in seconds, on any CPU.',
  default: 'A shipped model of 0.63 million parameters that answers about half of its questions right.',
  scratch: 'The same model, but copying, SFT and the reward model are trained here too.',
  large: 'About 26 million parameters, from scratch: for a real GPU.',
};
const FAMILY_TEXT: Readonly<Record<Family, string>> = {
  math: 'Sums and differences of two-digit numbers in little stories; errors are forgotten carries and wrong operations.',
  qa: 'Which option is true of an animal; errors follow fixed myths.',
  instruct: 'Reorder and format a list as told; errors are wrong orders and formats.',
};

export function Launch() {
  const studio = useStudio();
  const config = useStudioState((state) => state.config);
  const file = useStudioState((state) => state.file);
  const model = useStudioState((state) => state.model);
  const isOwn = useDeskState((state) => state.isOpen) || model !== null;
  // A model of one's own runs on data in its own tokens only.
  const lacksSomething = isOwn && (model === null || file?.modelId !== model.modelId);
  return (
    <div className="launch">
      <h2 id="run-title" className="launch-title">
        Align a language model by changing few of its weights
      </h2>
      <p className="launch-lead">
        It answers questions, learns which of its weights and which of its words are to blame for wrong answers, forgets
        those words, improves on the rest. All of it happens in this page.
      </p>
      <ModelChoice />
      {file || isOwn ? <ChosenFile lacksModel={isOwn && model === null} /> : <BuiltinChoices config={config} />}
      {!lacksSomething && <Estimate />}
      <div className="launch-actions">
        <button
          type="button"
          className="button-primary launch-run"
          disabled={lacksSomething}
          onClick={() => studio.start()}
        >
          <Icon name="play" />
          Run {METHOD_DESCRIPTIONS[config.method].label}
        </button>
        <button type="button" className="button" onClick={() => studio.setSettingsOpen(true)}>
          <Icon name="settings" />
          Settings
        </button>
        <ImportButton />
        <OpenRunButton />
      </div>
      {!file && !isOwn && (
        <p className="caption">
          Your own data: questions with answers, or chosen and rejected pairs, as JSONL, JSON, CSV or Parquet, by button
          or dropped anywhere. It stays in this page.
        </p>
      )}
    </div>
  );
}

function BuiltinChoices({ config }: { config: RunConfig }) {
  const studio = useStudio();
  return (
    <div className="launch-choices">
      <div className="launch-choice">
        <Choice<Preset>
          label="Preset"
          options={PRESETS.map((value) => ({ value, label: PRESET_LABELS[value] }))}
          value={config.preset}
          onChange={studio.choosePreset}
        />
        <p className="caption">{PRESET_TEXT[config.preset]}</p>
      </div>
      <div className="launch-choice">
        <Choice<Family>
          label="Task family"
          options={FAMILIES.map((value) => ({ value, label: value }))}
          value={config.family}
          onChange={(family) => studio.setField('family', family)}
        />
        <p className="caption">{FAMILY_TEXT[config.family]}</p>
      </div>
      <label className="launch-switch">
        <input
          type="checkbox"
          checked={config.styleBias}
          onChange={(event) => studio.setField('styleBias', event.currentTarget.checked ? '1' : '0')}
        />
        <span>
          Superficial-style bias{' '}
          <span className="caption">
            good answers all begin with “ok” (instruct: “okay”), bad ones never: here token rewards visibly pay
          </span>
        </span>
      </label>
    </div>
  );
}

function ChosenFile({ lacksModel }: { lacksModel: boolean }) {
  const studio = useStudio();
  const file = useStudioState((state) => state.file);
  const model = useStudioState((state) => state.model);
  if (lacksModel) return <p className="launch-file">Open a model above, then import data for it.</p>;
  if (!file || (model && file.modelId !== model.modelId)) {
    return <p className="launch-file">It needs a data file before it can run: import one.</p>;
  }
  return (
    <p className="launch-file">
      Trains on <strong>{file.fileName}</strong>: {formatCount(file.trainQuestions)} prompts,{' '}
      {formatCount(file.heldOutQuestions)} held out, {model ? `in ${model.name}’s tokens` : 'a model from scratch'}.{' '}
      {!model && (
        <button type="button" className="button-link" onClick={studio.useBuiltin}>
          Use the built-in tasks instead
        </button>
      )}
    </p>
  );
}
