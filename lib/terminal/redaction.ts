/** Replaces secrets in whatever leaves the program. */
export type Redact = (text: string) => string;

const REPLACEMENT = "***";

/**
 * Makes a function that takes secrets out of a text: servers may repeat in an answer what they were sent.
 *
 * @param secrets Long enough not to stand in a text by chance.
 */
export function redaction(secrets: readonly string[]): Redact {
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  // The longest first, as one secret may be a part of another.
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((left, secret) => left.replaceAll(secret, REPLACEMENT), text);
}
