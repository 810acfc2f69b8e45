// A button that opens a small panel under itself. Escape, a click elsewhere or leaving by keyboard closes it.
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import './popover.css';

interface PopoverProps {
  /** Accessible name of button and panel. */
  label: string;
  /** What the button shows. */
  trigger: ReactNode;
  className?: string;
  /** Shown on hover, for a button that shows only an icon. */
  title?: string;
  /** `close` for a choice that ends it. */
  children(close: () => void): ReactNode;
}

export function Popover({ label, trigger, className = 'button', title, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', onEscape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', onEscape);
    };
  }, [open]);
  const close = (): void => {
    // The choice that ends it goes with it.
    if (box.current?.contains(document.activeElement)) button.current?.focus();
    setOpen(false);
  };
  return (
    <div className="popover" ref={box}>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={title}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {trigger}
      </button>
      {open && (
        <section id={id} className="popover-panel" aria-label={label}>
          {children(close)}
        </section>
      )}
    </div>
  );
}
