// One file from a hub into the storage, piece by piece: goes on after a break, tries again some times, and begins anew where the file is
// another one by now. At most one piece is in memory. Which files a model has: hub.ts.
import { fileUrl, hostOf, isFixed } from './hubAddress';
import {
  announced,
  Broken,
  checkHead,
  checkStatus,
  checkType,
  HEAD_BYTES,
  isText,
  isWholeText,
  nextBytes,
} from './hubAnswer';
import { cancelled, HubError, truncated, unreachable } from './hubError';
import { type HubFile, type HubModel, type HubStore, newFile, stored } from './hubStore';

export interface HubTools {
  fetch(url: string, init: RequestInit): Promise<Response>;
  store: HubStore;
  signal: AbortSignal;
  /** Milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when `signal` aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A server that sends nothing for so long counts as broken off. Milliseconds. */
  idle?: number;
  /** Bytes of a stored piece. */
  partBytes?: number;
}

export interface TransferWatch {
  /** An answer came: from which host (after redirects), of a file of how many bytes, so many of which are here. May reject to stop the transfer. */
  onAnswer(host: string, size: number | null, bytes: number): Promise<void>;
  onBytes(bytes: number): void;
  onWait(seconds: number): void;
}

/** Stored at once, so that no large file is ever in memory. */
const PART_BYTES = 4 << 20;
/** On a slow line a piece is stored so often, so that a reload loses little. Milliseconds. */
const PART_TIME = 2000;
const LEAST_TIMED_PART = 64 << 10;
const IDLE = 60_000;
/** Tries without getting on before the transfer gives up; between them 1, 2, 4, … seconds. */
const MOST_FAILURES = 5;
/** When not even a first answer came, it is hardly a passing trouble. */
const MOST_UNREACHED = 2;
const LONGEST_WAIT = 60;
/** A break after so many bytes is not counted with those before it. */
const GOT_ON = 256 << 10;

/**
 * Brings a file of the model into the storage, from where an earlier try ended. Returns the model's record with it, or null where the server does not
 * have the file. Throws HubError; what has arrived is kept.
 */
export async function transferFile(
  model: HubModel,
  name: string,
  tools: HubTools,
  watch: TransferWatch,
): Promise<HubModel | null> {
  const transfer = new Transfer(model, name, tools, watch);
  try {
    return await transfer.finish();
  } catch (thrown) {
    await transfer.keep(thrown);
    throw thrown;
  }
}

/** The life of one file's transfer: its record, and the piece that is not stored yet. */
class Transfer {
  private model: HubModel;
  private file: HubFile;
  private readonly url: string;
  private readonly host: string;
  private pieces: Uint8Array<ArrayBuffer>[] = [];
  private pending = 0;
  private storedAt: number;
  private head: number[] = [];
  private hasAnswered = false;

  constructor(
    model: HubModel,
    private readonly name: string,
    private readonly tools: HubTools,
    private readonly watch: TransferWatch,
  ) {
    this.model = model;
    this.url = fileUrl(model, name);
    this.host = hostOf(this.url);
    this.file = model.files.find((file) => file.name === name) ?? newFile(name);
    this.storedAt = tools.now();
  }

  async finish(): Promise<HubModel | null> {
    if (this.file.isComplete) return this.model;
    // What cannot be told to be the same file is not continued after a reload.
    if (this.file.received > 0 && this.file.validator === null && !isFixed(this.model)) await this.restart();
    let failures = 0;
    let farthest = this.position;
    for (;;) {
      this.checkCancel();
      try {
        return await this.attempt();
      } catch (thrown) {
        this.checkCancel();
        if (!(thrown instanceof Broken)) throw thrown;
        if (this.position - farthest >= GOT_ON) failures = 0;
        farthest = Math.max(farthest, this.position);
        failures++;
        if (failures >= (this.hasAnswered ? MOST_FAILURES : MOST_UNREACHED)) throw thrown.last;
        await this.rest(thrown.after ?? 2 ** (failures - 1));
      }
    }
  }

  private get position(): number {
    return this.file.received + this.pending;
  }

  private checkCancel(): void {
    if (this.tools.signal.aborted) throw cancelled();
  }

  private async rest(seconds: number): Promise<void> {
    if (seconds <= 0) return;
    const most = Math.min(seconds, LONGEST_WAIT);
    this.watch.onWait(most);
    await this.tools.wait(most * 1000, this.tools.signal);
  }

  private async attempt(): Promise<HubModel | null> {
    const { name, host } = this;
    const from = this.position;
    const isWhole = from > 0 && from === this.file.size;
    if (isWhole) return this.complete();
    const response = await this.ask(from);
    this.hasAnswered = true;
    const found = checkStatus(response, name, host);
    if (found === 'nothing') return null;
    if (found === 'not that far') throw await this.restarted(from, this.file.size);
    await this.accept(response, from);
    const sender = response.url === '' ? host : hostOf(response.url);
    await this.watch.onAnswer(sender, this.file.size, this.position);
    await this.receive(response);
    return this.complete();
  }

  private async ask(from: number): Promise<Response> {
    const { name, url, host } = this;
    try {
      return await this.tools.fetch(url, {
        // Of all headers this one needs no permission from another origin's server.
        headers: from > 0 ? { Range: `bytes=${from}-` } : {},
        ...{ signal: this.tools.signal, redirect: 'follow', credentials: 'omit', referrerPolicy: 'no-referrer' },
        // What arrives is stored here; the browser need not store it twice.
        cache: 'no-store',
      });
    } catch {
      throw new Broken(unreachable(name, host));
    }
  }

  /** Settles from the headers what is coming: the rest of the file, or (a server without ranges, another file) all of it. */
  private async accept(response: Response, from: number): Promise<void> {
    const coming = announced(response, from, this.file);
    switch (coming.what) {
      case 'whole': {
        if (from > 0) await this.restart();
        const { size, validator } = coming;
        this.file = { ...this.file, size, validator };
        return checkType(response, this.name, this.host);
      }
      case 'rest':
        this.file = { ...this.file, size: coming.size ?? this.file.size };
        return;
      case 'other':
        await response.body?.cancel();
        throw await this.restarted(from, coming.size);
    }
  }

  private async receive(response: Response): Promise<void> {
    const reader = response.body?.getReader();
    if (!reader) return;
    try {
      for (;;) {
        const place = { name: this.name, position: this.position, size: this.file.size };
        const { done, value } = await nextBytes(reader, this.tools.idle ?? IDLE, place);
        if (done) return;
        await this.take(value);
      }
    } finally {
      // Nothing waits for it: a server that hangs may never answer this either.
      reader.cancel().catch(() => {});
    }
  }

  private async take(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.checkCancel();
    const { partBytes = PART_BYTES, now } = this.tools;
    if (this.position < HEAD_BYTES) this.readHead(bytes);
    for (let begin = 0; begin < bytes.length; ) {
      const end = Math.min(bytes.length, begin + partBytes - this.pending);
      this.pieces.push(bytes.subarray(begin, end));
      this.pending += end - begin;
      begin = end;
      const isDue = now() - this.storedAt >= PART_TIME && this.pending >= LEAST_TIMED_PART;
      if (this.pending >= partBytes || isDue) await this.storePart();
    }
    const { size } = this.file;
    // A text that was packed on its way is longer than what was announced.
    if (size !== null && this.position > size && !isText(this.name)) {
      throw await this.restarted(size, size);
    }
    this.watch.onBytes(this.position);
  }

  private readHead(bytes: Uint8Array): void {
    for (const byte of bytes.subarray(0, HEAD_BYTES - this.head.length)) this.head.push(byte);
    checkHead(this.head, this.name, this.host);
  }

  private async storePart(changes: Partial<HubFile> = {}): Promise<void> {
    const { pending, pieces } = this;
    const index = this.file.parts;
    const grown = pending > 0 ? { received: this.file.received + pending, parts: index + 1 } : {};
    const file = { ...this.file, ...grown, ...changes };
    const model = this.withFile(file);
    const part = pending > 0 ? { file: this.name, index, blob: new Blob(pieces) } : undefined;
    await stored(this.tools.store.save(model, part));
    this.file = file;
    this.model = model;
    this.pieces = [];
    this.pending = 0;
    this.storedAt = this.tools.now();
  }

  private withFile(file: HubFile): HubModel {
    const others = this.model.files.filter((other) => other.name !== this.name);
    return { ...this.model, files: [...others, file], changedAt: this.tools.now() };
  }

  /** Nothing of what was there holds any more. */
  private async restart(): Promise<void> {
    this.pieces = [];
    this.pending = 0;
    this.head = [];
    this.file = newFile(this.name);
    this.model = this.withFile(this.file);
    await stored(this.tools.store.dropParts(this.model, this.name));
  }

  /** Begins anew; what is to be thrown, so that it does so at once. */
  private async restarted(at: number, size: number | null): Promise<Broken> {
    await this.restart();
    return new Broken(truncated(this.name, at, size), 0);
  }

  private async complete(): Promise<HubModel> {
    const { name, position } = this;
    const { size } = this.file;
    if (size !== null && position !== size && !(isText(name) && (await isWholeText(name, await this.whole(), size))))
      throw new Broken(truncated(name, position, size));
    await this.storePart({ size: position, isComplete: true });
    return this.model;
  }

  private async whole(): Promise<Blob> {
    return new Blob([...(await stored(this.tools.store.parts(this.model.key, this.name))), ...this.pieces]);
  }

  /** After a failure: what is not stored yet is kept for the next time, if the storage takes it; what is no file is not. */
  async keep(thrown: unknown): Promise<void> {
    const isNone = thrown instanceof HubError && thrown.trouble === 'not a file';
    const isWorth = isNone ? this.position > 0 : this.pending > 0;
    if (isWorth) await (isNone ? this.restart() : this.storePart()).catch(() => {});
  }
}
