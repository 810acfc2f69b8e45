// Downloads a model from a hub, a mirror or any server with the layout {base}/{id}/resolve/{revision}/{file} into the storage that is handed in.
// No address is known here: nothing is asked of any server but the one that is given. One file's transfer is in hubTransfer.ts.

import { addressKey, type HubAddress, hostOf } from './hubAddress';
import { HubError } from './hubError';
import { readShardNames } from './hubShards';
import { createSpeed } from './hubSpeed';
import { type HubModel, newModel, parseModel, stored, storedBytes } from './hubStore';
import { type HubTools, type TransferWatch, transferFile } from './hubTransfer';

export interface HubProgress {
  phase: 'asking' | 'downloading' | 'waiting';
  file: string;
  /** Who sends the file, after redirects. */
  host: string;
  /** Of all files; what an earlier try had brought counts. */
  bytes: number;
  /** Null until the weights' size is known. */
  total: number | null;
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  /** Until the next try, while waiting. */
  retrySeconds: number | null;
}

export interface DownloadOptions extends HubTools {
  onProgress(progress: HubProgress): void;
}

const CONFIG = 'config.json';
const TOKENIZER = 'tokenizer.json';
/** Taken where they are there; a model works without. */
const OPTIONAL = [
  ...['tokenizer_config.json', 'special_tokens_map.json', 'generation_config.json', 'chat_template.jinja'],
  ...['added_tokens.json', 'vocab.json', 'merges.txt'],
];
const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
/** Reports are at least so far apart. Milliseconds. */
const REPORT_TIME = 100;

/**
 * Downloads what is not stored yet of a model: config.json, tokenizer files, weights as safetensors in one file or shards. A model that is complete is
 * not asked for again. Throws HubError: 'missing' for a model without config.json, tokenizer.json or safetensors, 'cancelled' when the signal aborts,
 * and whatever transfers and storage end with; what has arrived is kept and the next call goes on from there.
 */
export async function downloadModel(address: HubAddress, options: DownloadOptions): Promise<HubModel> {
  const key = addressKey(address);
  const known = parseModel(await stored(options.store.record(key)));
  if (known?.isComplete) return known;
  const download = new Download(known ?? newModel(address, options.now()), options);
  await download.must(CONFIG, 'It is no model in the layout of Hugging Face.');
  await download.must(TOKENIZER, 'Its tokenizer is kept in another form, which is not read here.');
  for (const name of OPTIONAL) await download.may(name);
  if (!(await download.may(SINGLE))) await download.shards();
  return download.complete();
}

class Download {
  private readonly speed = createSpeed();
  /** Bytes of all files when their sizes are known. */
  private total: number | null = null;
  private bytes = 0;
  private host: string;
  private reportedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private model: HubModel,
    private readonly options: DownloadOptions,
  ) {
    this.host = hostOf(model.base);
  }

  async must(name: string, meaning: string): Promise<void> {
    if (await this.bring(name)) return;
    const { id, revision } = this.model;
    throw new HubError(
      'missing',
      `${hostOf(this.model.base)} has no ${name} of ${id} (${revision}). ${meaning}`,
      name === CONFIG ? 'Check base address, id and revision.' : 'Choose a model that has the file.',
    );
  }

  /** Whether it is there. A page instead of the file is how some servers say no. */
  async may(name: string): Promise<boolean> {
    try {
      return await this.bring(name);
    } catch (thrown) {
      if (thrown instanceof HubError && thrown.trouble === 'not a file') return false;
      throw thrown;
    }
  }

  async shards(): Promise<void> {
    await this.must(INDEX, 'Its weights are kept in another form; only safetensors are downloaded.');
    const parts = await stored(this.options.store.parts(this.model.key, INDEX));
    const { names, bytes } = await readShardNames(INDEX, new Blob(parts));
    if (bytes !== null) {
      const others = this.model.files.filter(({ name }) => !names.includes(name));
      this.total = others.reduce((sum, { received }) => sum + received, 0) + bytes;
      await this.checkRoom();
    }
    for (const name of names) await this.must(name, `${INDEX} names it.`);
  }

  async complete(): Promise<HubModel> {
    const files = this.model.files.filter((file) => file.isComplete);
    const model = { ...this.model, files, isComplete: true, changedAt: this.options.now() };
    await stored(this.options.store.save(model));
    return model;
  }

  private async bring(name: string): Promise<boolean> {
    const isKnown = this.model.files.some((file) => file.name === name && file.isComplete);
    if (isKnown) return true;
    this.bytes = storedBytes(this.model);
    this.report(name, 'asking');
    const model = await transferFile(this.model, name, this.options, this.watch(name));
    if (!model) return false;
    this.model = model;
    this.bytes = storedBytes(model);
    return true;
  }

  private watch(name: string): TransferWatch {
    const others = storedBytes({ ...this.model, files: this.model.files.filter((file) => file.name !== name) });
    return {
      onAnswer: async (host, size, bytes) => {
        this.host = host;
        this.bytes = others + bytes;
        if (name !== SINGLE || size === null) return;
        this.total = others + size;
        await this.checkRoom();
      },
      onBytes: (bytes) => {
        this.bytes = others + bytes;
        const now = this.options.now();
        this.speed.add(this.bytes, now);
        if (now - this.reportedAt >= REPORT_TIME) this.report(name, 'downloading');
      },
      onWait: (seconds) => this.report(name, 'waiting', seconds),
    };
  }

  /** Said before gigabytes have come rather than after. */
  private async checkRoom(): Promise<void> {
    const room = await stored(this.options.store.room());
    if (room === null || this.total === null) return;
    const needed = this.total - this.bytes;
    if (needed <= room) return;
    const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
    throw new HubError(
      'storage',
      `The model needs ${megabytes(needed)} more; the browser has room for ${megabytes(room)}.`,
      'Delete a cached model or free space on the disk. Or download the files by hand and open the folder: that stores nothing.',
    );
  }

  private report(file: string, phase: HubProgress['phase'], retrySeconds: number | null = null): void {
    const at = this.options.now();
    this.reportedAt = at;
    const { total, host, bytes } = this;
    const bytesPerSecond = phase === 'downloading' ? this.speed.perSecond(at) : null;
    const isKnown = total !== null && bytesPerSecond !== null && bytesPerSecond > 0;
    const secondsLeft = isKnown ? Math.max(0, total - bytes) / bytesPerSecond : null;
    this.options.onProgress({ phase, file, host, bytes, total, bytesPerSecond, secondsLeft, retrySeconds });
  }
}
