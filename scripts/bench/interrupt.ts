const controller = new AbortController();

/** What a benchmark runs is ended by this; only one that calls `stopOnSignal` has it aborted. */
export const interrupt: AbortSignal = controller.signal;

/**
 * From here on, SIGINT and SIGTERM end the program that runs just then, and what waits for it takes the
 * servers and their folders down on its way out.
 */
export function stopOnSignal(): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => controller.abort());
  }
}
