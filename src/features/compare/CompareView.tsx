// Compare: results side by side. So far only how many there are.
import { useLabState } from '../../state/useLab';

export function CompareView() {
  const count = useLabState((state) => state.results.size);
  return (
    <section aria-labelledby="compare-title">
      <h2 id="compare-title" className="title">
        Compare
      </h2>
      <p className="caption">{count} results</p>
    </section>
  );
}
