/** `s3://bucket/key` ⇄ its parts. */
export interface Place {
  bucket: string;
  key: string;
}

const FORM = /^(?:s3|https):\/\/([^/]+)\/?(.*)$/s;

/** The bucket and key (or prefix) of an S3 URI; undefined when the text is none. */
export function parseS3Uri(uri: string): Place | undefined {
  const [, bucket, key] = FORM.exec(uri) ?? [];
  return bucket === undefined ? undefined : { bucket, key: key ?? '' };
}

/** The place of a URI that the store wrote itself; throws when it is malformed. */
export function placeOf(uri: string): Place {
  const place = parseS3Uri(uri);
  if (!place) throw new Error(`not an S3 URI: ${uri}`);
  return place;
}

/** A place below a prefix, with one slash between. */
export const below = (prefix: Place, rest: string): Place => ({
  bucket: prefix.bucket,
  key: prefix.key === '' || prefix.key.endsWith('/') ? prefix.key + rest : `${prefix.key}/${rest}`,
});

export const uriOf = ({ bucket, key }: Place): string => `s3://${bucket}/${key}`;
