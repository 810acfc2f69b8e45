import { expect, test } from 'vitest';
import { loadStarterFile } from './starterFiles';

test('a file of the starter as a buffer of its own, exactly as long as the file', async () => {
  const manifest = JSON.parse(new TextDecoder().decode(await loadStarterFile('tiny/manifest.json')));
  const { file, bytes } = manifest.models.sft;
  const buffer = await loadStarterFile(`tiny/${file}`);
  expect(buffer).toBeInstanceOf(ArrayBuffer);
  expect(buffer.byteLength).toBe(bytes);
  await expect(loadStarterFile('tiny/nothing.safetensors')).rejects.toThrow('nothing.safetensors');
});
