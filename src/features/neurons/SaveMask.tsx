// A mask as a file: 0/1 tensors, packed bits, or how dense it is in each tensor.
import { saveFile } from '../../components/pictureExport';
import { useAtlasClient } from '../../state/atlasContext';
import type { MaskRef } from '../../worker/atlasProtocol';

const KINDS = [
  { what: 'mask', label: 'Save mask', ending: 'mask.safetensors' },
  { what: 'packed', label: 'Save packed mask', ending: 'mask-bits.safetensors' },
  { what: 'densities', label: 'Save densities', ending: 'densities.csv' },
] as const;

interface SaveProps {
  mask: MaskRef;
  /** What the mask is called in file names. */
  name: string;
  /** What went wrong; null with every new attempt. */
  onSaid(text: string | null): void;
}

export function SaveMask({ mask, name, onSaid }: SaveProps) {
  const atlas = useAtlasClient();
  const save = async ({ what, ending }: (typeof KINDS)[number]) => {
    try {
      onSaid(null);
      const bytes = await atlas.ask({ type: 'export', what, mask });
      saveFile(new Blob([bytes]), `${name}.${ending}`);
    } catch (error) {
      onSaid(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      {KINDS.map((kind) => (
        <button key={kind.what} type="button" className="button" onClick={() => void save(kind)}>
          {kind.label}
        </button>
      ))}
    </>
  );
}
