import { cut } from "./cut.ts";

/** The lines around a PEM text (RFC 7468), however its dashes and line ends were mangled on the way. */
const PEM = /-{3,}\s*(BEGIN|END)\b|\b(BEGIN|END) [A-Z0-9 ]*(KEY|CERTIFICATE)\b/i;
/** The Base64 of a DER sequence, as within a PEM text. */
const DER_IN_BASE64 = /^["'\s]*M[A-P][A-Za-z0-9+/\s\\]{30,}=*["'\s]*$/;

/**
 * A value that the user gave, in quotes, as an error, a warning or a log may repeat it: nothing that may
 * be a user name, a password, a token or a key is in it, even where the value is not what its option
 * takes. The one way for such a value into a message.
 */
export function quoted(value: string): string {
  return `"${cut(withoutSecrets(value))}"`;
}

function withoutSecrets(value: string): string {
  if (PEM.test(value) || DER_IN_BASE64.test(value)) return "(a PEM text)";
  // A password may itself hold any of / ? # @, so that only the last @ ends it.
  const at = value.lastIndexOf("@");
  const scheme = at < 0 ? "" : /^https?:\/\//i.exec(value)?.[0] ?? "";
  const rest = value.slice(at + 1).replace(/([?#]).+/s, "$1***");
  return at < 0 ? rest : `${scheme}***@${rest}`;
}
