// The strip of a wrong answer, or the two strips of a pair aligned by edit distance, in the chosen layer and grouping.
import { useMemo } from 'react';
import { TokenStrip } from '../../components/TokenStrip';
import { type PairPlace, TokenStripPair } from '../../components/TokenStripPair';
import { alignTokens } from '../../core/tokens/align';
import type { TokenPlace } from '../../state/tokensChoice';
import type { Side } from './inspection';
import type { Layer, LayerScale } from './tokenLayers';
import { stripToken, type Unit, unitOf } from './units';

interface StripsProps {
  sides: readonly Side[];
  units: readonly (readonly Unit[])[];
  layer: Layer;
  scale: LayerScale;
  pinned: TokenPlace | null;
  onPin(place: TokenPlace | null): void;
  onActive(place: TokenPlace | null): void;
}

const NAMES = { chosen: 'chosen', rejected: 'rejected', answer: 'wrong answer' } as const;

export function SideStrips({ sides, units, layer, scale, pinned, onPin, onActive }: StripsProps) {
  const [upper, lower] = units;
  const rows = useMemo(
    () => units.map((side) => side.map((unit) => stripToken(unit, layer, scale))),
    [units, layer, scale],
  );
  const columns = useMemo(
    () =>
      lower
        ? alignTokens(
            upper!.map(({ text }) => text),
            lower.map(({ text }) => text),
          )
        : null,
    [upper, lower],
  );
  const unitAt = (place: TokenPlace | null): number | null => {
    const at = place ? unitOf(units[place.side] ?? [], place.token) : -1;
    return at < 0 ? null : at;
  };
  const tokenAt = (side: number, unit: number | null): TokenPlace | null =>
    unit === null ? null : { side, token: units[side]?.[unit]?.from ?? 0 };
  if (!columns) {
    return (
      <TokenStrip
        label="Wrong answer, token by token"
        tokens={rows[0] ?? []}
        pinned={unitAt(pinned)}
        onPin={(unit) => onPin(tokenAt(0, unit))}
        onActive={(unit) => onActive(tokenAt(0, unit))}
      />
    );
  }
  const pinnedUnit = unitAt(pinned);
  const toPlace = (place: PairPlace | null) => (place ? tokenAt(place.side, place.index) : null);
  return (
    <TokenStripPair
      label="Chosen above rejected, aligned token by token"
      rows={[
        { name: NAMES[sides[0]!.role], tokens: rows[0]! },
        { name: NAMES[sides[1]!.role], tokens: rows[1]! },
      ]}
      columns={columns}
      pinned={pinned && pinnedUnit !== null ? { side: pinned.side === 0 ? 0 : 1, index: pinnedUnit } : null}
      onPin={(place) => onPin(toPlace(place))}
      onActive={(place) => onActive(toPlace(place))}
    />
  );
}
