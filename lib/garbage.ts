/**
 * Collects all garbage now, where V8 was started with `--expose-gc`, as the binary and the tasks that load are:
 * what a start leaves behind would else be collected during the load, in steps between which Deno looks
 * at its sockets too seldom.
 */
export function collectGarbage(): void {
  (globalThis as { readonly gc?: () => void }).gc?.();
}
