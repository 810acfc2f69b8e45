import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { FieldControl } from '../../components/fields/FieldControl';
import { FIELD_NAMES, FIELDS } from '../../core/fields';
import { presetConfig } from '../../core/presets';
import { shownSettings } from './SettingsPanel';
import { chosenText, fieldFor, optionGroups } from './settingChoices';

const METHOD_FIELDS = FIELD_NAMES.filter((name) => FIELDS[name].group === 'methods');

it('shows what the method listens to, and whatever was changed or is wrong', () => {
  const rDpo = presetConfig('tiny', 'math', 'r-dpo');
  expect(shownSettings(METHOD_FIELDS, rDpo, [])).toEqual(['lengthAlpha', 'optimiser']);
  expect(shownSettings(METHOD_FIELDS, { ...rDpo, clipRange: 0.4 }, [])).toContain('clipRange');
  expect(shownSettings(METHOD_FIELDS, rDpo, [{ field: 'mergeShare', message: '' }])).toContain('mergeShare');
  // PPO-A2C brings its own rate of the critic: that is no change.
  expect(shownSettings(METHOD_FIELDS, presetConfig('tiny', 'math', 'ppo'), [])).not.toContain('valueLearningRate');
  expect(shownSettings(METHOD_FIELDS, presetConfig('tiny', 'math', 'ondare'), [])).toContain('mergeAlpha');
});

it('groups the arms in the control, says what the chosen one is, and resets to a name', () => {
  const config = presetConfig('tiny', 'math', 'dpo-last10');
  const html = renderToStaticMarkup(
    <FieldControl
      field={fieldFor('arm', config)}
      groups={optionGroups('arm')}
      chosen={chosenText('arm', config)}
      value="dpo-last10"
      defaultValue="allo"
      problem={null}
      isPending={false}
      onChange={() => {}}
      onReset={() => {}}
    />,
  );
  expect(html.match(/<optgroup label="[^"]+"/g)).toHaveLength(5);
  expect(html).toContain('<optgroup label="DPO and masks"><option value="dpo-full">DPO, all weights</option>');
  expect(html).toContain('<option value="dpo-last10" selected="">DPO, last 10 %</option>');
  expect(html).toContain('Plain DPO on the 10 % that the warm-up changed least.');
  expect(html).toContain('aria-label="Reset Arm to ALLO"');
});
