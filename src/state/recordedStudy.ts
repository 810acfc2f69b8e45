// The recorded results that ship with the studio (public/study): loaded when the lab is first opened, checked like every other file.
import * as v from 'valibot';
import { ENGINE_VERSION } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { readResults } from './labFiles';

/** Of the manifest only what is needed; commands and machine are for people. */
const MANIFEST = v.object({ version: v.literal(1), engine: v.number() });

/** Reads a file of the folder `study`; null: it is not there. Rejects when it cannot be read. */
export type FetchStudyFile = (name: string) => Promise<string | null>;

/** None where the studio ships none. Rejects with Error saying which file is missing, or what is wrong in which line. */
export async function loadRecordedStudy(fetchFile: FetchStudyFile): Promise<StudyResult[]> {
  const text = await fetchFile('manifest.json');
  if (text === null) return [];
  const manifest = v.safeParse(MANIFEST, parsed(text));
  if (!manifest.success) throw new Error('study/manifest.json is no manifest of recorded results.');
  const { engine } = manifest.output;
  if (engine !== ENGINE_VERSION)
    throw new Error(
      `The recorded results are of version ${engine} of the engine, this studio computes with ${ENGINE_VERSION}.`,
    );
  const lines = await fetchFile('results.jsonl');
  if (lines === null) throw new Error('study/results.jsonl is not there, although its manifest is.');
  return lines.trim() === '' ? [] : readResults(lines, 'study/results.jsonl');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
