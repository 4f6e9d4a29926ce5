import { failureDraw, type ServerBehaviour } from "../behaviour.ts";

const NOTHING_TO_TAKE_BACK = () => {};

/**
 * Lets a server be slow or fail as it was asked to.
 *
 * @returns A function that hands out what `answerTo` says, or the failure in place of it, after the latency. It is
 * decided at once: the request need not be kept. What it returns takes the request back.
 */
export function misbehaving<Request, Answer>(
  behaviour: ServerBehaviour,
  answerTo: (request: Request) => Answer,
  failure: Answer,
): (request: Request, answer: (it: Answer) => void) => () => void {
  const fails = failureDraw(behaviour);
  const { latencyMs } = behaviour;
  const decide = (request: Request) => fails() ? failure : answerTo(request);
  if (latencyMs === 0) {
    return (request, answer) => {
      answer(decide(request));
      return NOTHING_TO_TAKE_BACK;
    };
  }
  return (request, answer) => {
    const timer = setTimeout(answer, latencyMs, decide(request));
    return () => clearTimeout(timer);
  };
}
