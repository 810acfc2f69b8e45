// The header: name, views, backend, this session's runs, theme and help.
import { type MouseEvent, useLayoutEffect, useRef } from 'react';
import { Icon } from '../components/icons';
import { THEMES, type Theme } from '../state/storage';
import { formatUrl, type ViewName } from '../state/urlState';
import { useStudio, useStudioState } from '../state/useStudio';
import { BackendChip } from './BackendChip';
import { RunMenu } from './RunMenu';
import { VIEWS } from './views';

export function Header({ onHelp }: { onHelp(): void }) {
  return (
    <header className="header">
      <h1 className="header-name">ALLO Studio</h1>
      <nav className="header-views" aria-label="Views">
        {VIEWS.map(({ name, label }) => (
          <ViewLink key={name} name={name} label={label} />
        ))}
      </nav>
      <div className="header-tools">
        <BackendChip />
        <RunMenu />
        <ThemeSwitch />
        <button
          type="button"
          className="button button-quiet header-icon"
          aria-label="Help and shortcuts"
          onClick={onHelp}
        >
          ?
        </button>
      </div>
    </header>
  );
}

/** A real link, so that it opens in a new tab too; a plain click stays in the page. */
function ViewLink({ name, label }: { name: ViewName; label: string }) {
  const studio = useStudio();
  const current = useStudioState((state) => state.view === name);
  const address = useStudioState((state) => formatUrl(state.config, name));
  const link = useRef<HTMLAnchorElement>(null);
  useLayoutEffect(() => {
    if (current) showInRow(link.current!);
  }, [current]);
  const go = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    studio.setView(name);
    window.scrollTo(0, 0);
  };
  return (
    <a
      ref={link}
      href={address || './'}
      className="header-view"
      aria-current={current ? 'page' : undefined}
      onClick={go}
    >
      {label}
    </a>
  );
}

/** On a phone the views' row is wider than the screen: the chosen one comes to its middle, and the page stays where it is. */
function showInRow(link: HTMLElement): void {
  const row = link.parentElement!;
  const [own, all] = [link.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += own.left + own.width / 2 - (all.left + all.width / 2);
}

const THEME_TEXT: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' };

function ThemeSwitch() {
  const studio = useStudio();
  const theme = useStudioState((state) => state.theme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const text = `Theme: ${THEME_TEXT[theme]}. Change to ${THEME_TEXT[next]}`;
  return (
    <button
      type="button"
      className="button button-quiet header-icon"
      aria-label={text}
      title={text}
      onClick={() => studio.setTheme(next)}
    >
      <Icon name="theme" />
    </button>
  );
}
