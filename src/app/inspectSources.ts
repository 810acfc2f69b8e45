// What the page has at hand for the Inspect view: the starter before and after its SFT, and the weights of this session's runs, as files.
import type { TrySource } from '../features/inspect/TryIt';
import type { AtlasClient } from '../worker/atlasClient';
import type { HeldRun } from '../worker/atlasProtocol';

const STARTER = './starter/tiny';

async function starterFile(name: string): Promise<File> {
  const response = await fetch(new URL(`${STARTER}/${name}.safetensors`, document.baseURI));
  if (!response.ok) throw new Error(`The starter’s ${name} weights did not come (HTTP ${response.status}). Try again.`);
  return new File([await response.blob()], `starter-${name}.safetensors`);
}

/** The latest run whose weights are held first. */
export function inspectSources(atlas: Pick<AtlasClient, 'ask'>, runs: readonly HeldRun[]): TrySource[] {
  const starter: TrySource = {
    label: 'the starter, before and after SFT',
    files: async () => ({ before: await starterFile('base'), after: await starterFile('sft') }),
  };
  const run = runs.findLast(({ moments }) => moments.includes('sft') && moments.length > 1);
  return run ? [...runSources(atlas, run), starter] : [starter];
}

function runSources(atlas: Pick<AtlasClient, 'ask'>, { runId, name, moments, masks }: HeldRun): TrySource[] {
  const weights = async (moment: HeldRun['moments'][number]) => {
    const bytes = await atlas.ask({ type: 'export', what: 'weights', runId, moment });
    return new File([bytes], `${name}-${moment}.safetensors`);
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
          mask: new File([bytes], `${name}-${purpose}.mask.safetensors`),
          ...{ before: await weights('sft'), after: await weights('warmed-up') },
        };
      },
    });
  }
  return sources;
}
