// What the page has at hand for the Inspect view: the starter before and after its SFT, and the weights of this session's runs, as files.
import * as v from 'valibot';
import { checkpointConfig } from '../core/bundle/checkpointConfig';
import type { ModelConfig } from '../core/model/config';
import { openSafetensors } from '../core/safetensors';
import type { TrySource } from '../features/inspect/TryIt';
import type { AtlasClient } from '../worker/atlasClient';
import type { HeldRun } from '../worker/atlasProtocol';

type Asked = Pick<AtlasClient, 'ask'>;

/** The latest run of which two sets of weights are held. */
export const sourceRun = (held: readonly HeldRun[]): HeldRun | null =>
  held.findLast(({ moments }) => moments.includes('sft') && moments.length > 1) ?? null;

/** The run's, where there is one, before the starter's. */
export const inspectSources = (atlas: Asked, run: HeldRun | null, model: ModelConfig | null): TrySource[] =>
  run ? [...runSources(atlas, run, model), STARTER] : [STARTER];

function runSources(atlas: Asked, { runId, name, moments, masks }: HeldRun, model: ModelConfig | null): TrySource[] {
  const weights = async (moment: HeldRun['moments'][number]): Promise<File[]> => {
    const bytes = await atlas.ask({ type: 'export', what: 'weights', runId, moment });
    const file = new File([bytes], `${name}-${moment}.safetensors`);
    const config = model && checkpointConfig(model);
    return config ? [file, configFile(config)] : [file];
  };
  const sources: TrySource[] = [];
  if (moments.includes('improved')) {
    sources.push({
      label: `run ${name}, SFT and aligned`,
      files: async () => ({ before: await weights('sft'), after: await weights('improved') }),
    });
  }
  const [purpose] = masks;
  if (moments.includes('warmed-up') && purpose) {
    sources.push({
      label: `run ${name}, before and after its warm-up, with its mask`,
      async files() {
        const mask = { from: 'run', runId, purpose } as const;
        const bytes = await atlas.ask({ type: 'export', what: 'mask', mask });
        return {
          mask: [new File([bytes], `${name}-${purpose}.mask.safetensors`)],
          ...{ before: await weights('sft'), after: await weights('warmed-up') },
        };
      },
    });
  }
  return sources;
}

const configFile = (config: object): File => new File([JSON.stringify(config)], 'config.json');

const FOLDER = './starter/tiny/';

async function fetchStarter(name: string): Promise<Blob> {
  const response = await fetch(new URL(`${FOLDER}${name}`, document.baseURI));
  if (!response.ok) throw new Error(`The starter’s ${name} did not come (HTTP ${response.status}). Try again.`);
  return response.blob();
}

const STARTER: TrySource = {
  label: 'the starter, before and after SFT',
  async files() {
    const [base, sft] = await Promise.all([fetchStarter('base.safetensors'), fetchStarter('sft.safetensors')]);
    const config = configFile(await starterConfig(base));
    return {
      before: [new File([base], 'starter-base.safetensors'), config],
      after: [new File([sft], 'starter-sft.safetensors'), config],
    };
  },
};

const SizesSchema = v.object({
  sizes: v.object({ layers: v.number(), width: v.number(), heads: v.number(), mlpWidth: v.number() }),
});

/** Its manifest has what a config.json says of heads. */
async function starterConfig(weights: Blob): Promise<object> {
  const manifest: unknown = JSON.parse(await (await fetchStarter('manifest.json')).text());
  const { sizes } = v.parse(SizesSchema, manifest);
  const file = openSafetensors(await weights.arrayBuffer());
  return {
    model_type: 'llama',
    vocab_size: file.entry('model.embed_tokens.weight').shape[0],
    hidden_size: sizes.width,
    intermediate_size: sizes.mlpWidth,
    num_hidden_layers: sizes.layers,
    num_attention_heads: sizes.heads,
  };
}
