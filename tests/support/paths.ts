import { fileURLToPath } from "node:url";

/** @param path Relative to this folder. */
export function fromFileUrl(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
