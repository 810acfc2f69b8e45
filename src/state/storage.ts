// What the page remembers between visits: theme, room for the page, memory for snapshots, the layout of the curves, the hub's address, whether runs are
// saved and the screen stays on, and last settings. Every access may be refused; then it forgets, silently.
import { type CurvesChoice, curvesText, parseCurves } from './curvesChoice';
import { parseSnapshotMegabytes } from './snapshotCap';
import { onlyFields } from './urlState';

export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const SETTINGS = 'allo-studio.settings';
const THEME = 'allo-studio.theme';
const ROOM = 'allo-studio.room';
const SNAPSHOTS = 'allo-studio.snapshots';
const CURVES = 'allo-studio.curves';
const HUB = 'allo-studio.hub';
const SAVES_RUNS = 'allo-studio.savesRuns';
const SCREEN = 'allo-studio.screen';
const DISMISSED = 'allo-studio.dismissedRun';

/** `open` may throw (storage refused); so may every call on what it gives. */
export function createMemory(open: () => KeyValueStore) {
  const read = (key: string): string | null => {
    try {
      return open().getItem(key);
    } catch {
      return null;
    }
  };
  const write = (key: string, value: string): boolean => {
    try {
      open().setItem(key, value);
      return true;
    } catch {
      return false;
    }
  };
  return {
    theme(): Theme {
      const value = read(THEME);
      return THEMES.find((theme) => theme === value) ?? 'system';
    },
    saveTheme: (theme: Theme): boolean => write(THEME, theme),
    leavesRoom: (): boolean => read(ROOM) === 'yes',
    saveLeavesRoom: (leavesRoom: boolean): boolean => write(ROOM, leavesRoom ? 'yes' : 'no'),
    snapshotMegabytes: (): number => parseSnapshotMegabytes(read(SNAPSHOTS)),
    saveSnapshotMegabytes: (megabytes: number): boolean => write(SNAPSHOTS, String(megabytes)),
    curves: (): CurvesChoice => parseCurves(read(CURVES)),
    saveCurves: (choice: CurvesChoice): boolean => write(CURVES, curvesText(choice)),
    /** The base address of the hub that was last used; '' for none. */
    hubBase: (): string => read(HUB) ?? '',
    saveHubBase: (base: string): boolean => write(HUB, base),
    /** Unless somebody has said no. */
    savesRuns: (): boolean => read(SAVES_RUNS) !== 'no',
    saveSavesRuns: (saves: boolean): boolean => write(SAVES_RUNS, saves ? 'yes' : 'no'),
    /** The screen is to stay on while a run is on. */
    keepsScreenOn: (): boolean => read(SCREEN) === 'yes',
    saveKeepsScreenOn: (keeps: boolean): boolean => write(SCREEN, keeps ? 'yes' : 'no'),
    /** The unfinished run that nobody wants to be asked about again. */
    dismissedRun: (): string | null => read(DISMISSED),
    saveDismissedRun: (id: string): boolean => write(DISMISSED, id),
    /** Known settings as text; {} when nothing usable is stored. */
    settings(): Record<string, string> {
      try {
        const value: unknown = JSON.parse(read(SETTINGS) ?? '{}');
        if (typeof value !== 'object' || value === null) return {};
        const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
        return onlyFields(Object.fromEntries(texts));
      } catch {
        return {};
      }
    },
    saveSettings: (inputs: Readonly<Record<string, string>>): boolean => write(SETTINGS, JSON.stringify(inputs)),
  };
}

export type Memory = ReturnType<typeof createMemory>;
