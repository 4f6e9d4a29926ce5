import { getUser } from "./get_user.ts";
import type { Operation } from "../operation.ts";

/** Every operation that can be measured; a new one is a file beside `get_user.ts` and a line here. */
export const OPERATIONS = [getUser] as const satisfies readonly Operation[];

export const DEFAULT_OPERATION: Operation = getUser;

/** @param name One of the registered names; another is a fault of this program. */
export function operationNamed(name: string): Operation {
  const operation = OPERATIONS.find((known) => known.name === name);
  if (operation === undefined) throw new Error(`there is no operation "${name}"`);
  return operation;
}
