// “Add an arm”: every arm of one click, and the settings of Run as an arm of its own, each a button that queues its jobs for the seeds that
// the table shows.
import { type ReactNode, useCallback, useId, useMemo, useState } from 'react';
import { Popover } from '../../components/Popover';
import type { RunConfig } from '../../core/config';
import { armLabel } from '../../core/study/variants';
import type { LabActions, LabState } from '../../state/labState';
import { armState, matches } from './armState';
import { armSteps, type KeyedJob, keyed, ownArm, ownJobs, withoutResult } from './jobs';
import type { Queued } from './queue';
import { GROUPS, type Place } from './rows';
import { useSteps } from './useSteps';
import './compareJobs.css';

/** What is set in Run, and on which data it would train. */
export interface RunSettings {
  config: RunConfig;
  /** null: the built-in tasks. */
  fileName: string | null;
}

export interface AddProps {
  place: Place;
  /** To be computed of an arm. */
  seeds: readonly number[];
  results: LabState['results'];
  queued: Queued;
  settings: RunSettings;
  onRun: LabActions['run'];
}

export function AddArm(props: AddProps) {
  return (
    <div className="compare-add-arm">
      <Popover label="Add an arm" trigger="Add an arm">
        {() => <Arms {...props} />}
      </Popover>
    </div>
  );
}

/** Of the arms in one place; only while the panel is open. */
function Arms(props: AddProps) {
  const { place, seeds, settings } = props;
  const [search, setSearch] = useState('');
  const all = useSteps(
    useCallback(() => armSteps(place, seeds), [place, seeds]),
    `${place.family} ${place.preset} ${seeds.join()}`,
  );
  if (!all) return <p className="caption">Reading what is there…</p>;
  const arms = all.filter(({ label, help, group }) => matches(`${label} ${group} ${help}`, search));
  return (
    <div className="compare-arms">
      <label className="compare-field">
        <span>Find an arm</span>
        <input
          className="field-input"
          type="search"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </label>
      <p className="caption">
        A press computes the arm on {place.family}, {place.preset} preset, {seeds.length === 1 ? 'seed' : 'seeds'}{' '}
        {seeds.join(', ')}. What is there is not computed again.
      </p>
      {GROUPS.map((group) => {
        const own = arms.filter((arm) => arm.group === group);
        return (
          own.length > 0 && (
            <Group key={group} name={group}>
              {own.map(({ arm, label, help, jobs }) => (
                <ArmButton key={arm} {...{ ...props, label, help, jobs }} />
              ))}
            </Group>
          )
        );
      })}
      {arms.length === 0 && <p>No arm of one click matches.</p>}
      <Group name="The settings of Run">
        {settings.fileName === null ? <OwnArm {...props} /> : <NotOfFiles fileName={settings.fileName} />}
      </Group>
    </div>
  );
}

function Group({ name, children }: { name: string; children: ReactNode }) {
  const id = useId();
  return (
    <div>
      <p id={id} className="compare-arms-group">
        {name}
      </p>
      <ul aria-labelledby={id}>{children}</ul>
    </div>
  );
}

const NotOfFiles = ({ fileName }: { fileName: string }) => (
  <li className="caption">
    Run is set to the data of {fileName}; an arm is of a built-in family, so these settings cannot be one. Press “Use
    the built-in tasks” in Run to compare them.
  </li>
);

function OwnArm(props: AddProps) {
  const { place, seeds, settings } = props;
  const { config, problems } = useMemo(() => ownArm(settings.config, place), [settings.config, place]);
  const jobs = useMemo(() => ownJobs(config, seeds).map(keyed), [config, seeds]);
  const said = problems.map(({ message }) => ` ${message}`).join('');
  const help = `As they are set at present, with this table’s family and preset.${said}`;
  return <ArmButton {...props} label={armLabel(config)} help={help} jobs={jobs} />;
}

interface ButtonProps extends Pick<AddProps, 'results' | 'queued' | 'onRun'> {
  label: string;
  help: string;
  jobs: readonly KeyedJob[];
}

function ArmButton({ label, help, jobs, results, queued, onRun }: ButtonProps) {
  const id = useId();
  const open = withoutResult(jobs, results).filter(({ key }) => !queued.has(key));
  const state = armState(jobs, results, queued);
  return (
    <li>
      <button
        type="button"
        className="compare-arms-button"
        aria-disabled={open.length === 0 || undefined}
        aria-describedby={id}
        onClick={() => open.length > 0 && onRun(open.map(({ job }) => job))}
      >
        <span>{label}</span> {state && <span className="compare-arms-state">{state}</span>}
      </button>
      <p id={id} className="caption">
        {help}
      </p>
    </li>
  );
}
