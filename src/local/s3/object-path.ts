/** File paths of objects: one readable relative path per key, whatever characters it has. */
import { createHash } from 'node:crypto';

/** Longer paths are hashed: macOS allows 1024 bytes per path, and all systems 255 per name. */
const MAX_PATH_BYTES = 700;
const MAX_NAME_BYTES = 200;

/** Invalid in names on some system; `%` because it introduces an escape. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\x00-\x1f\x7f%<>:"\\|?*]/g;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * The path of a key, with `/` between names: `p/year=2026/x.parquet` is unchanged, invalid characters are
 * percent-encoded. Different keys have different paths, no path is a folder of another, and none leaves its folder.
 * @param foldsCase for case-insensitive file systems: a mark distinguishes names
 */
export function objectPath(key: string, { foldsCase = false } = {}): string {
  const names = key.split('/');
  const leaf = fileName(names.pop()!);
  const safe = [...names.map(folderName), leaf];
  const path = safe.join('/');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || safe.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    return `%long/${digest(key)}${/\.\w{1,20}$/.exec(leaf)?.[0].toLowerCase() ?? ''}`;
  }
  return foldsCase && /[^\x20-\x40\x5b-\x7e]/.test(key) ? markPath(path, digest(key).slice(0, 16)) : path;
}

/** The path with a mark before the extension, which no key has by itself. */
export function markPath(path: string, mark: string): string {
  return path.replace(/(\.[^./]*)?$/, (extension) => `%~${mark}${extension}`);
}

// `a` and `a/b` may both be keys: file names contain a dot, folder names do not, or else end in `%`.
const fileName = (name: string): string => (name.includes('.') ? escaped(name) : `${escaped(name)}%`);
const folderName = (name: string): string => {
  if (name === '') return '%-';
  return name.includes('.') ? `${escaped(name)}%` : escaped(name);
};

const escaped = (name: string): string =>
  name
    .replace(UNSAFE, percent)
    .replace(DEVICE, (device) => percent(device[0]!) + device.slice(1))
    // No `.` or `..` may remain, and Windows drops a trailing dot or space.
    .replace(/[. ]$/, percent);

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
