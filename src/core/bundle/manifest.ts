// What a run bundle says about itself: the schema of manifest.json. A bundle is a zip file; bundleParts.ts says what lies in it.
import * as v from 'valibot';

export const MANIFEST = 'manifest.json';
export const BUNDLE_FORMAT = 'allo-run-bundle';
/** 2: a file that repeats another one is in the bundle once. */
export const BUNDLE_VERSION = 2;
/** package.json's. */
export const APP = 'ALLO Studio 0.1.0';

const text = v.pipe(v.string(), v.maxLength(500));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const path = v.pipe(v.string(), v.maxLength(410));

const fileSchema = v.strictObject({
  path,
  bytes: size,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  contentType: v.pipe(v.string(), v.maxLength(100)),
  /** The path of the file that it repeats byte for byte; it has no entry of its own. */
  at: v.optional(path),
});
const leftOutSchema = v.strictObject({ part: text, why: text });
const manifestSchema = v.object({
  format: v.literal(BUNDLE_FORMAT),
  version: v.picklist([1, BUNDLE_VERSION]),
  /** ISO 8601. */
  madeAt: v.pipe(v.string(), v.isoTimestamp()),
  app: text,
  /** What the run is called. */
  name: text,
  /** All files but this one. */
  files: v.pipe(v.array(fileSchema), v.maxLength(4096)),
  /** What the run had and the bundle has not, and why. */
  leftOut: v.pipe(v.array(leftOutSchema), v.maxLength(100)),
});
const anyVersion = v.object({ format: v.literal(BUNDLE_FORMAT), version: v.pipe(v.number(), v.integer()) });

export type BundleManifest = v.InferOutput<typeof manifestSchema>;
export type BundleFile = v.InferOutput<typeof fileSchema>;
export type LeftOut = v.InferOutput<typeof leftOutSchema>;

/** A manifest, or why the text is none, as a sentence. */
export function parseManifest(text: string): BundleManifest | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON: the bundle is damaged.' };
  }
  const known = v.safeParse(anyVersion, json);
  if (!known.success) return { problem: 'is not the manifest of a run bundle.' };
  const { version } = known.output;
  if (version > BUNDLE_VERSION)
    return {
      problem: `is of version ${version}, this studio reads bundles up to version ${BUNDLE_VERSION}. Open it in a newer studio.`,
    };
  const result = v.safeParse(manifestSchema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  return { problem: `field “${v.getDotPath(issue) ?? ''}”: ${issue.message}` };
}
