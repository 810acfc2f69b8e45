// The studio's few icons, drawn on a 16 × 16 grid. Always beside a text or inside a button that has a name.
import type { ReactNode } from 'react';

const SHAPES = {
  play: <path d="M4.5 2.8v10.4L13 8z" fill="currentColor" />,
  pause: <path d="M5 3v10M11 3v10" strokeWidth="2.5" />,
  step: (
    <>
      <path d="M3.5 3v10L10 8z" fill="currentColor" />
      <path d="M13 3v10" strokeWidth="2" />
    </>
  ),
  stageEnd: (
    <>
      <path d="M2 3v10l5-5zM7.5 3v10l5-5z" fill="currentColor" />
      <path d="M14 3v10" strokeWidth="2" />
    </>
  ),
  alone: (
    <>
      <path d="M3.2 6A5.2 5.2 0 1 1 2.8 9M3 2.5V6h3.5" />
      <path d="M7.2 6.6 8.4 6v4.4" />
    </>
  ),
  slow: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 4.8V8l2.2 1.4" />
    </>
  ),
  live: (
    <>
      <path d="M2.6 11.5a5.8 5.8 0 1 1 10.8 0" />
      <path d="M8 10.5 10.8 6" strokeWidth="2" />
    </>
  ),
  stop: <rect x="3.5" y="3.5" width="9" height="9" rx="1" fill="currentColor" />,
  restart: <path d="M3.2 6A5.2 5.2 0 1 1 2.8 9M3 2.5V6h3.5" />,
  seed: (
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx="2.5" />
      <path d="M5.6 5.6h.01M10.4 5.6h.01M8 8h.01M5.6 10.4h.01M10.4 10.4h.01" strokeWidth="2" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
    </>
  ),
  settings: (
    <>
      <path d="M2 5h6M12 5h2M2 11h2M8 11h6" />
      <circle cx="10" cy="5" r="1.8" />
      <circle cx="6" cy="11" r="1.8" />
    </>
  ),
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  warning: <path d="M8 2.5 14.5 13.5h-13zM8 6.8v3M8 11.7h.01" />,
  check: <path d="M3.5 8.5l3 3 6-7" />,
  chevron: <path d="M4.5 6.5 8 10l3.5-3.5" />,
  upload: <path d="M8 10.5v-8M4.8 5.5 8 2.3l3.2 3.2M2.5 10.5v3h11v-3" />,
  table: <path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9" />,
  link: (
    <path d="M6.8 9.2a2.6 2.6 0 0 0 3.8 0l2-2a2.6 2.6 0 0 0-3.8-3.8l-1 1M9.2 6.8a2.6 2.6 0 0 0-3.8 0l-2 2a2.6 2.6 0 0 0 3.8 3.8l1-1" />
  ),
  save: <path d="M8 2.5v8M4.8 7.7 8 10.9l3.2-3.2M2.5 10.5v3h11v-3" />,
  full: <path d="M2.8 6V2.8H6M10 2.8h3.2V6M13.2 10v3.2H10M6 13.2H2.8V10" />,
  reset: <path d="M4 5.5h5.5a3.2 3.2 0 0 1 0 6.5H6M6.5 3 4 5.5 6.5 8" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className="icon"
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {SHAPES[name]}
    </svg>
  );
}
