import assert from "node:assert/strict";
import { studentT } from "../../../lib/stats/judge/student_t.ts";

Deno.test("Student's t equals the printed tables at odd and even degrees of freedom", () => {
  const printed: readonly [confidence: number, degreesOfFreedom: number, t: number][] = [
    [0.95, 1, 12.706],
    [0.95, 2, 4.303],
    [0.95, 3, 3.182],
    [0.95, 4, 2.776],
    [0.95, 9, 2.262],
    [0.95, 30, 2.042],
    [0.99, 4, 4.604],
    [0.99, 10, 3.169],
    [0.95, 120, 1.98],
  ];
  for (const [confidence, degreesOfFreedom, t] of printed) {
    assert.equal(studentT(confidence, degreesOfFreedom).toFixed(3), t.toFixed(3));
  }
});
