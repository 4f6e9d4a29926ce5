import { ConnectionError, type ConnectionFailure, openConnection } from "../net/connection.ts";
import type { Answer, Protocol, ProtocolClient, ProtocolKey } from "../clients/protocol.ts";
import { contenderOf } from "../clients/registry.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { refusalIn } from "../net/tls_failure.ts";
import { lookForRefusal } from "./alert_look.ts";
import { lookAtHead } from "./answer_head.ts";
import { lookAtCertificate } from "./certificate_look.ts";
import type { Deadline } from "./deadline.ts";
import { isDecided, isHopeless, type Outlook, outlookOf } from "./outlook.ts";
import { type FailedRequest, failureWords } from "./request_words.ts";
import { findSpokenProtocol, type SpokenProtocol } from "./spoken_protocol.ts";
import { describeProblem, type TargetProblem } from "./target_problem.ts";

/** What a few requests to one target showed. */
export type ProbeResult =
  | {
    readonly kind: "measurable";
    /** To the first request that was answered well, or else to the last. */
    readonly answer: Answer;
    readonly request: number;
    /** What the server chose in the TLS handshake; `null` in plain. */
    readonly alpnProtocol: string | null;
    /** In the order in which they were asked. */
    readonly failures: readonly FailedRequest[];
  }
  | { readonly kind: "problem"; readonly text: string };

/**
 * Asks one target one thing after another until an answer is good, or the load could not but fail, or no
 * more can be told.
 *
 * @param requests Asked in this order; each but the first only where the ones before failed.
 */
export async function probe(
  side: ProtocolKey,
  plan: TestPlan,
  requests: readonly number[],
  deadline: Deadline,
): Promise<ProbeResult> {
  return await new Probe(side, plan, deadline).run(requests);
}

class Probe {
  readonly #side: ProtocolKey;
  readonly #protocol: Protocol;
  readonly #plan: TestPlan;
  readonly #deadline: Deadline;
  readonly #failures: FailedRequest[] = [];
  readonly #outlooks: Outlook[] = [];
  /** Found out once, where a request's end left it open. */
  #spoken: SpokenProtocol | null = null;

  constructor(side: ProtocolKey, plan: TestPlan, deadline: Deadline) {
    this.#side = side;
    this.#protocol = contenderOf(plan, side);
    this.#plan = plan;
    this.#deadline = deadline;
  }

  async run(requests: readonly number[]): Promise<ProbeResult> {
    let alpnProtocol: string | null;
    try {
      alpnProtocol = await this.#greet();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return this.#problem(await this.#connectionProblem(error));
    }
    if (this.#deadline.over) return this.#problem(this.#tooLate());
    for (;;) {
      const [answer, request] = await this.#ask(requests.slice(this.#failures.length));
      const problem = answer.sample.kind === "success" ? null : await this.#findProblem();
      if (problem !== null) return this.#problem(problem);
      if (answer.sample.kind === "success" || !this.#mayBeAnswered(requests)) {
        return { kind: "measurable", answer, request, alpnProtocol, failures: this.#failures };
      }
    }
  }

  /** Whether a server that speaks the protocol, and ended the connection, is to be asked over another one. */
  #mayBeAnswered(requests: readonly number[]): boolean {
    return this.#outlooks.at(-1) === "dropped" && !isDecided(this.#outlooks) &&
      !this.#deadline.over && this.#failures.length < requests.length;
  }

  get #target() {
    return this.#plan.targets[this.#side];
  }

  /** @throws {ConnectionError} */
  async #greet(): Promise<string | null> {
    const { alpnProtocols } = this.#protocol;
    const { connection, alpnProtocol } = await openConnection(this.#target, {
      tls: this.#target.tls ? this.#plan.tls : null,
      alpnProtocols,
      timeoutMs: this.#plan.timeoutMs,
      clock: this.#deadline.clock,
      giveUp: this.#deadline.signal,
    });
    connection.close();
    return alpnProtocol;
  }

  async #connectionProblem({ failure }: ConnectionError): Promise<TargetProblem> {
    if (this.#deadline.over) return this.#tooLate();
    if (failure.kind === "other") {
      // What a write that failed says hides the alert that the server had sent before.
      return { kind: "no-connection", failure: await this.#findRefusal(failure.detail) ?? failure };
    }
    if (failure.kind !== "certificate") return { kind: "no-connection", failure };
    const fault = await lookAtCertificate(this.#target, new Date(), this.#deadline);
    return { kind: "certificate", fault, detail: failure.detail };
  }

  #tooLate(): TargetProblem {
    const { timeoutMs } = this.#plan;
    return { kind: "no-connection", failure: { kind: "timeout", timeoutMs } };
  }

  /** @returns The first good answer, or the last, and to what; one that was dropped is the last. */
  #ask(requests: readonly number[]): Promise<readonly [Answer, request: number]> {
    return this.#withClient(this.#protocol, async (client) => {
      const first = await client.ask(requests[0]!);
      let last = [this.#deadline.over ? unanswered(first) : first, requests[0]!] as const;
      for (const request of requests.slice(1)) {
        const [{ sample }, asked] = last;
        if (sample.kind === "success") return last;
        this.#note({ request: asked, failure: sample });
        if (this.#deadline.over || this.#outlooks.at(-1) === "dropped") return last;
        if (isDecided(this.#outlooks)) return last;
        const answer = await client.ask(request);
        // What the end of the time cut off says nothing beside what was answered before.
        if (this.#deadline.over) return last;
        last = [answer, request];
      }
      const [{ sample }, asked] = last;
      if (sample.kind === "failure") this.#note({ request: asked, failure: sample });
      return last;
    });
  }

  #note({ request, failure }: FailedRequest): void {
    this.#failures.push({ request, failure });
    this.#outlooks.push(outlookOf(this.#protocol.key, failure));
  }

  async #withClient<T>(
    protocol: Protocol,
    body: (client: ProtocolClient) => Promise<T>,
  ): Promise<T> {
    const { clock, signal } = this.#deadline;
    const client = protocol.connect({
      ...this.#plan,
      target: this.#target,
      clock,
      onConnection: () => {},
    });
    // Closing ends the request: a server that keeps silent must not hold the user.
    const giveUp = () => void client.close();
    signal.addEventListener("abort", giveUp);
    try {
      return await body(client);
    } finally {
      signal.removeEventListener("abort", giveUp);
      await client.close();
    }
  }

  /** Tells a target that cannot be measured from one that merely fails these requests (`null`). */
  async #findProblem(): Promise<TargetProblem | null> {
    const { key } = this.#protocol;
    const { failure } = this.#failures.at(-1)!;
    const { reason } = failure;
    if (reason.kind === "timeout") {
      return { kind: "no-answer", timeoutMs: this.#plan.timeoutMs };
    }
    if (reason.kind === "no-connection") {
      return { kind: "no-connection", failure: reason.failure };
    }
    const outlook = this.#outlooks.at(-1);
    if (outlook === "unclear" || outlook === "dropped") {
      const refusal = await this.#findRefusal(failure.cause);
      if (refusal !== null) return { kind: "no-connection", failure: refusal };
      const other = await this.#findOtherProtocol();
      if (outlook === "unclear") return other;
      if (other === null || other.spoken === "silence") {
        return isHopeless(this.#outlooks) ? other ?? { kind: "drops", words: this.#words() } : null;
      }
      return other;
    }
    if (!isHopeless(this.#outlooks)) return null;
    if (reason.kind === "not-grpc") return reason;
    if (reason.kind === "malformed") return await this.#findOtherContent();
    const words = this.#words();
    if (outlook === "unavailable") return { kind: "unavailable", words, reason };
    if (key === "grpc" && reason.kind === "http-status") return reason;
    const location = key === "rest" ? (await this.#lookAtHead()).location : null;
    return { kind: "refused-request", words, reason, location };
  }

  async #findRefusal(cause: string): Promise<ConnectionFailure | null> {
    if (!this.#target.tls || this.#spoken !== null) return null;
    const { tls } = this.#plan;
    return refusalIn(cause) ??
      await lookForRefusal(this.#target, tls, this.#protocol.alpnProtocols, this.#deadline);
  }

  async #findOtherProtocol() {
    const expected = this.#protocol.key === "rest" ? "HTTP/1.1" : "HTTP/2";
    if (this.#spoken === null) {
      if (this.#deadline.over) return null;
      const { tls } = this.#plan;
      this.#spoken = await findSpokenProtocol(this.#target, expected, tls, this.#deadline);
    }
    const spoken = this.#spoken;
    return spoken === expected ? null : { kind: "wrong-protocol", spoken } as const;
  }

  async #findOtherContent(): Promise<TargetProblem | null> {
    const { contentType } = await this.#lookAtHead();
    if (contentType === null || /[/+]json$/.test(contentType)) return null;
    return { kind: "not-json", words: this.#words(), contentType };
  }

  #lookAtHead() {
    const { request } = this.#failures.at(-1)!;
    return lookAtHead(this.#target, this.#plan, request, this.#plan.tls, this.#deadline);
  }

  /** The last failure, and how many others were like it. */
  #words(): string {
    const others = this.#failures.length - 1;
    const words = failureWords(
      this.#protocol,
      this.#target,
      this.#plan,
      this.#failures.at(-1)!,
    );
    return others === 0 ? words : `${words}, and ${others} other requests ended alike`;
  }

  #problem(problem: TargetProblem): ProbeResult {
    return {
      kind: "problem",
      text: describeProblem(problem, {
        side: this.#side,
        protocol: this.#protocol,
        plan: this.#plan,
      }),
    };
  }
}

/** What the end of the time made of a request, in each client's own words, is a timeout. */
function unanswered(answer: Answer): Answer {
  const { sample } = answer;
  return sample.kind === "success"
    ? answer
    : { ...answer, sample: { ...sample, reason: { kind: "timeout" } } };
}
