import type { OperationDraft } from "./operation_options.ts";
import type { TlsFiles } from "./tls_files.ts";
import type { Formatter } from "../formatters/formatter.ts";
import type { SelfTestFormat } from "../formatters/self_test_formats.ts";
import type { ReferenceServersOptions } from "../servers/reference_servers.ts";
import type { ReferenceSetup } from "../servers/behaviour.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** How a result is shown. */
export interface Presentation {
  readonly formatter: Formatter;
  readonly verbose: boolean;
}

/** How the result of a self-test is shown. */
export interface SelfTestPresentation {
  readonly format: SelfTestFormat;
  readonly verbose: boolean;
}

/**
 * What the user asked for, complete and valid. `adjustments` are lines about options that take less effect
 * than they say.
 */
export type Command =
  | {
    readonly kind: "run";
    /** Its operation is the built-in one, until the draft has become another. */
    readonly plan: Omit<TestPlan, "tls">;
    readonly operation: OperationDraft;
    readonly tlsFiles: TlsFiles;
    readonly presentation: Presentation;
    readonly adjustments: readonly string[];
  }
  | {
    readonly kind: "demo";
    readonly plan: Omit<TestPlan, "targets" | "tls">;
    readonly presentation: Presentation;
    readonly servers: ReferenceSetup;
    readonly adjustments: readonly string[];
  }
  | {
    readonly kind: "serve";
    readonly servers: ReferenceServersOptions;
    /** Ends with its standard input: so that it never outlives the process that started it. */
    readonly endsWithStdin: boolean;
  }
  | {
    readonly kind: "self-test";
    readonly plan: Omit<TestPlan, "targets" | "tls">;
    /** Of each protocol against itself. */
    readonly runs: number;
    readonly presentation: SelfTestPresentation;
    readonly adjustments: readonly string[];
  }
  /** For a run's own use: servers that do nothing but answer. */
  | { readonly kind: "serve-null" }
  | { readonly kind: "report"; readonly file: string; readonly formatter: Formatter }
  | { readonly kind: "text"; readonly text: string };
