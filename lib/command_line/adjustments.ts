import type { LoadOptions, TargetOptions, TlsOptions } from "./options.ts";
import { asTyped, type Typed } from "./typed.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** What is sent in place of what was asked for, as far as the options say it. */
type AdjustedLoad = Pick<TestPlan, "extent" | "concurrency" | "workers" | "connections">;

/** One line for each option that was given and takes less effect than it says, or none. */
export function loadAdjustments(
  { client }: LoadOptions,
  { extent, concurrency, workers, connections }: AdjustedLoad,
  typed: Typed,
): string[] {
  const isLowered = (name: string, used: number) => Number(typed.get(name)) > used;
  const requests = extent.kind === "requests" ? extent.requests : concurrency;
  return [
    ...(isLowered("concurrency", concurrency)
      ? [
        `${
          asTyped(typed, "concurrency")
        } is lowered to ${concurrency}: there are ${requests} requests`,
      ]
      : []),
    ...(isLowered("workers", workers)
      ? [
        `${asTyped(typed, "workers")} is lowered to ${workers}: a thread needs a request in flight`,
      ]
      : []),
    ...(isLowered("connections", connections) && client === "wire"
      ? [
        `${asTyped(typed, "connections")} is lowered to ${connections}: ` +
        "a connection needs a request in flight",
      ]
      : []),
    ...(typed.has("connections") && client === "native"
      ? [
        `${
          asTyped(typed, "connections")
        } has no effect on the native client: --client wire spreads calls so`,
      ]
      : []),
  ];
}

/** The same for options of TLS, which neither address asks for. */
export function tlsAdjustments({ restUrl, grpcUrl }: TargetOptions, typed: Typed): string[] {
  if (restUrl.tls || grpcUrl.tls) return [];
  const names: readonly (keyof TlsOptions)[] = ["ca", "cert", "key", "insecure"];
  const given = names.filter((name) => typed.has(name)).map((name) => `--${name}`);
  if (given.length === 0) return [];
  const verb = given.length === 1 ? "has" : "have";
  return [`${given.join(", ")} ${verb} no effect: neither address asks for TLS by https://`];
}
