import { getUser } from "./get_user.ts";
import type { Operation } from "../operation.ts";

/** What is measured where the user names nothing else. */
export const DEFAULT_OPERATION: Operation = getUser;
