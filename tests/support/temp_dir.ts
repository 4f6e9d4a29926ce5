/** The one place where tests may write. */
const PARENT = "/tmp";

/** Runs `body` with a directory of its own, which is gone afterwards. */
export async function withTempDir<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ dir: PARENT, prefix: "protoduel_" });
  try {
    return await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
