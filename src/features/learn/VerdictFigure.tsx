// The picture of a verdict: a bar for each arm with its whisker, and where the SFT model stood.
import { fileColours, fileInks } from '../../components/charts/chartInks';
import { FigureFrame } from '../../components/charts/FigureFrame';
import { formatPercent } from '../../components/format';
import type { GuidedExperiment, GuidedSide, GuidedVerdict } from '../../core/study/guided';
import { useFigureLink } from '../../state/useFigureLink';
import {
  figureText,
  shownWhisker,
  sideColour,
  sideText,
  verdictPicture,
  verdictTable,
  whiskerText,
} from './verdictPicture';

interface FigureProps {
  experiment: GuidedExperiment;
  verdict: GuidedVerdict;
}

export function VerdictFigure({ experiment, verdict }: FigureProps) {
  const link = useFigureLink('learn');
  const { sides, before } = verdict;
  const { name } = experiment.quantity;
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const id = `guided-${experiment.id}`;
  const notes = [verdict.sentence, whiskerText(sides)];
  const picture = () =>
    verdictPicture({
      ...{ title: experiment.sentence, quantity: name, notes, verdict },
      ...{ inks: fileInks(), colourOf: fileColours() },
    });
  return (
    <div className="verdict-figure">
      <FigureFrame
        id={id}
        name={title}
        unit="%"
        fileName={id}
        table={verdictTable(`${title} by arm`, sides)}
        picture={picture}
        link={() => link(id)}
      >
        <div className="bars" role="img" aria-label={figureText(verdict)}>
          {sides.map((side, i) => (
            <Bar key={side.label} side={side} colour={sideColour(i)} before={before} />
          ))}
          {before !== null && (
            <p className="bars-before caption">
              <span className="bars-dash" aria-hidden="true" /> SFT model {formatPercent(before)}
            </p>
          )}
        </div>
        <p className="caption">{whiskerText(sides)}</p>
      </FigureFrame>
    </div>
  );
}

function Bar({ side, colour, before }: { side: GuidedSide; colour: string; before: number | null }) {
  const whisker = shownWhisker(side);
  return (
    <div className="bar">
      <span className="bar-label">{side.label}</span>
      <span className="bar-value">{sideText(side)}</span>
      <span className="bar-track">
        {side.mean !== null && <span className="bar-fill" style={{ width: `${side.mean}%`, background: colour }} />}
        {whisker && (
          <span
            className="bar-whisker"
            style={{ left: `${whisker.low}%`, width: `${Math.max(0.4, whisker.high - whisker.low)}%` }}
          />
        )}
        {before !== null && <span className="bar-before" style={{ left: `${before}%` }} />}
      </span>
    </div>
  );
}
