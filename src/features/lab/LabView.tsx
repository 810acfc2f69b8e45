// Lab: experiments, their queue and what they found. So far only how many results there are.
import { useLabState } from '../../state/useLab';

export function LabView() {
  const count = useLabState((state) => state.results.size);
  return (
    <section aria-labelledby="lab-title">
      <h2 id="lab-title" className="title">
        The methods lab
      </h2>
      <p className="caption">{count} results</p>
    </section>
  );
}
