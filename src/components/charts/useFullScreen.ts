// One element over the whole screen, or over the whole page where the browser refuses the screen.
import { type RefObject, useEffect, useState } from 'react';

export function useFullScreen(element: RefObject<HTMLElement | null>): { isFull: boolean; toggle(): void } {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    if (!isFull) return;
    const onChange = () => {
      if (document.fullscreenElement === null) setFull(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.fullscreenElement === null) setFull(false);
    };
    document.addEventListener('fullscreenchange', onChange);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('fullscreenchange', onChange);
      document.removeEventListener('keydown', onKey);
    };
  }, [isFull]);
  const toggle = () => {
    if (isFull) {
      if (document.fullscreenElement) void document.exitFullscreen();
      setFull(false);
    } else {
      setFull(true);
      element.current?.requestFullscreen?.().catch(() => {});
    }
  };
  return { isFull, toggle };
}
