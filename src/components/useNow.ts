// The wall clock for what says how long something is ago: a component with it is drawn again now and then.
import { useEffect, useState } from 'react';

/** Ms since 1970, at most `everyMs` old. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
