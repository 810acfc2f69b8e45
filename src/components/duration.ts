// Spans of time for people.
import { formatCount } from './format';

/** 41 → "41 s", 100 → "1 min 40 s", 7300 → "2 h 1 min". At least a second. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  return `${formatCount(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** One significant step for a guess: "about 8 minutes", "about 3 hours". */
export function roughly(seconds: number): string {
  if (seconds < 90) return `about ${Math.max(10, Math.round(seconds / 10) * 10)} seconds`;
  const minutes = seconds / 60;
  if (minutes < 90) return `about ${minutes < 10 ? Math.round(minutes) : Math.round(minutes / 5) * 5} minutes`;
  const hours = minutes / 60;
  return `about ${formatCount(hours < 10 ? Math.round(hours) : Math.round(hours / 5) * 5)} hours`;
}
