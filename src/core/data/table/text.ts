// A whole text file as one string: size and encoding are checked first.
import { type ByteSource, FileError } from '../../files/byteSource';
import { MAX_FILE_BYTES } from '../importLimits';

/** UTF-8 text without its byte order mark. Throws FileError when the file is over the cap, UTF-16, or no UTF-8. */
export async function readText(source: ByteSource): Promise<string> {
  if (source.size > MAX_FILE_BYTES) {
    throw new FileError(
      source.name,
      `is larger than ${MAX_FILE_BYTES / (1024 * 1024)} MB. Split it and import a part.`,
    );
  }
  const bytes = await source.read(0, source.size);
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) throw new FileError(source.name, 'is UTF-16. Save it as UTF-8.');
  if (bytes.includes(0))
    throw new FileError(source.name, 'holds NUL bytes, so it is not a text file. Choose a text file.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileError(source.name, 'is not valid UTF-8. Save it as UTF-8 (in spreadsheets: “CSV UTF-8”).');
  }
}
