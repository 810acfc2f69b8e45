// Before a run: the studio's own models, or one that is brought along.
import { Choice } from '../../components/Choice';
import { useDeskState, useModelDesk } from '../../state/useModelDesk';
import { useStudioState } from '../../state/useStudio';

type Source = 'built in' | 'own';

const OPTIONS = [
  { value: 'built in', label: 'Built in' },
  { value: 'own', label: 'Your own' },
] as const;

export function ModelChoice() {
  const desk = useModelDesk();
  const model = useStudioState((state) => state.model);
  const isOpen = useDeskState((state) => state.isOpen);
  const choose = (source: Source): void => {
    if (source === 'built in' && model) desk.close();
    desk.show(source === 'own');
  };
  return (
    <div className="launch-choice">
      <Choice<Source> label="Model" options={OPTIONS} value={model || isOpen ? 'own' : 'built in'} onChange={choose} />
      <p className="caption">
        {model
          ? `Begins with ${model.name}.`
          : 'A small one that comes with the page, or a Hugging Face folder of your own: it stays in this page.'}
      </p>
    </div>
  );
}
