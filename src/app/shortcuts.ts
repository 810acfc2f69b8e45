// The keyboard: Space and → for the transport, [ and ] for the time line, digits for the first ten views. Silent while somebody types or uses a control.
import { useEffect } from 'react';
import { activeRun } from '../state/studioState';
import { VIEW_NAMES } from '../state/urlState';
import { useStudio } from '../state/useStudio';
import { togglePlay } from './transport';

const TYPING =
  'input:not([type="radio"], [type="checkbox"], [type="range"]), textarea, select, [contenteditable="true"]';
/** Controls that use Space or the arrows themselves. */
const OWN_SPACE = 'input, button, a, summary, [role="button"], [role="tab"], [role="option"], [role="application"]';
const OWN_ARROWS =
  'input, [role="tab"], [role="tablist"], [role="application"], [role="grid"], [role="listbox"], [role="slider"], [role="radio"], [role="img"], [tabindex="0"]:not(button, a)';

function mayUse(event: KeyboardEvent): boolean {
  // Brackets need AltGr on many keyboards, which some systems report as Ctrl and Alt.
  const isHeld = event.ctrlKey || event.metaKey || event.altKey;
  if (event.defaultPrevented || (isHeld && !event.getModifierState('AltGraph'))) return false;
  if (document.querySelector('dialog[open]')) return false;
  const { target } = event;
  if (!(target instanceof Element)) return true;
  if (target.closest(TYPING)) return false;
  if (event.key === ' ') return !target.closest(OWN_SPACE);
  return !(event.key === 'ArrowRight' && target.closest(OWN_ARROWS));
}

export function useShortcuts(onHelp: () => void): void {
  const studio = useStudio();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!mayUse(event)) return;
      const view = /^\d$/.test(event.key) ? VIEW_NAMES[(Number(event.key) + 9) % 10] : undefined;
      if (event.key === ' ') {
        if (!event.repeat) togglePlay(studio, activeRun(studio.store.getState()));
      } else if (event.key === 'ArrowRight') studio.step();
      else if (event.key === '[') studio.moveMoment(-1);
      else if (event.key === ']') studio.moveMoment(1);
      else if (event.key === '?') onHelp();
      else if (event.key === ',') studio.setSettingsOpen(!studio.store.getState().settingsOpen);
      else if (view) studio.setView(view);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}
