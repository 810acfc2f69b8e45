// What was recognised in an opened model, whether it fits here, and what it still needs before it can run.
import { formatBytes, formatCount, formatNumber } from '../../components/format';
import { Icon } from '../../components/icons';
import { useStudioState } from '../../state/useStudio';
import type { BroughtModel } from '../../worker/protocol';
import { ImportButton } from './ImportPanel';
import { ModelFit } from './ModelFit';

export function ModelFacts({ model }: { model: BroughtModel }) {
  return (
    <>
      <dl className="facts">
        {factsOf(model).map(({ label, value, note }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <span className="facts-value">{value}</span>
              {note && <span className="caption model-fact-note">{note}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <Example model={model} />
      {model.notes.length > 0 && (
        <ul className="model-notes caption">
          {model.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <ModelFit model={model} />
      <DataNeeded model={model} />
    </>
  );
}

/** 134 515 008 → "135 million". */
function parametersText(count: number): string {
  if (count >= 1e9) return `${formatNumber(count / 1e9)} billion`;
  return count >= 1e6 ? `${formatNumber(count / 1e6)} million` : formatCount(count);
}

interface Fact {
  label: string;
  value: string;
  note?: string;
}

function factsOf({ config, modelType, parameters, checkpoint, tokenizer }: BroughtModel): Fact[] {
  const { layers, width, heads, kvHeads, maxPositions, tiedHead } = config;
  const dtypes = checkpoint.dtypes.map(({ dtype }) => dtype).join(', ');
  const shards = checkpoint.files > 1 ? `${checkpoint.files} shards, ` : '';
  return [
    { label: 'Architecture', value: modelType, note: tiedHead ? 'head tied to the embedding' : 'a head of its own' },
    {
      label: 'Parameters',
      value: parametersText(parameters),
      note: parameters >= 1e6 ? formatCount(parameters) : undefined,
    },
    { label: 'Layers × width', value: `${layers} × ${formatCount(width)}` },
    {
      label: 'Attention heads',
      value: formatCount(heads),
      note: kvHeads < heads ? `${formatCount(kvHeads)} for keys and values` : undefined,
    },
    { label: 'Vocabulary', value: formatCount(config.vocabularySize), note: 'tokens' },
    { label: 'Longest sequence', value: formatCount(maxPositions), note: 'tokens' },
    { label: 'Stored as', value: dtypes, note: `${shards}${checkpoint.format}, ${formatBytes(checkpoint.bytes)}` },
    {
      label: 'Prompts',
      value: tokenizer.form === 'template' ? 'chat template' : 'plain text',
      note: `answers end with ${tokenizer.endTokens.join(' or ')}`,
    },
  ];
}

/** A text as the model reads it; spaces are shown. */
function Example({ model }: { model: BroughtModel }) {
  return (
    <p className="model-example">
      <span className="caption">Its tokens: </span>
      {model.tokenizer.example.map((token, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same token may come twice, and the list never changes
        <span key={i} className="mono model-token">
          {token.replaceAll(' ', '␣')}
        </span>
      ))}
    </p>
  );
}

function DataNeeded({ model }: { model: BroughtModel }) {
  const file = useStudioState((state) => state.file);
  const isReading = useStudioState(({ importing }) => importing.status !== 'none');
  if (file?.modelId === model.modelId) {
    return (
      <p>
        <Icon name="check" /> Data: <strong>{file.fileName}</strong>, counted in this model’s tokens.
      </p>
    );
  }
  if (isReading) return <p className="quiet">Its data is being looked at, above.</p>;
  return (
    <div className="model-data">
      <p>
        It needs data: the built-in word tasks have words of their own, which it does not know. Choose questions with
        answers {'{input, output}'} or pairs {'{prompt, chosen, rejected}'}.
      </p>
      <ImportButton />
    </div>
  );
}
