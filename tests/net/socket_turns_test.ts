import assert from "node:assert/strict";
import { type EventLoop, SocketTurns } from "../../lib/net/socket_turns.ts";

/** Keeps what the turns ask of their event loop, to be run when a test says so. */
class SteppedLoop implements EventLoop {
  readonly #batch: (() => void)[] = [];
  readonly #next: (() => void)[] = [];
  readonly #looks = new Set<() => void>();

  atEndOfBatch(callback: () => void): void {
    this.#batch.push(callback);
  }

  inNextTurn(callback: () => void): void {
    this.#next.push(callback);
  }

  afterLook(callback: () => void): () => void {
    this.#looks.add(callback);
    return () => this.#looks.delete(callback);
  }

  get looksAwaited(): number {
    return this.#looks.size;
  }

  endBatch(): void {
    for (let callback = this.#batch.shift(); callback; callback = this.#batch.shift()) callback();
  }

  nextTurn(): void {
    for (const callback of this.#next.splice(0)) callback();
    this.endBatch();
  }

  look(): void {
    const callbacks = [...this.#looks];
    this.#looks.clear();
    for (const callback of callbacks) callback();
    this.endBatch();
  }
}

function turnsOf(loop: SteppedLoop, happened: string[]) {
  const turns = new SocketTurns(loop);
  return {
    turns,
    toWrite: (name: string) => turns.toWrite({ writeNow: () => happened.push(`write ${name}`) }),
    toRead: (name: string) => turns.toRead({ readNow: () => happened.push(`read ${name}`) > 0 }),
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

Deno.test("what becomes ready in one batch of callbacks is written at its end, and read after that", () => {
  const happened: string[] = [];
  const loop = new SteppedLoop();
  const { toWrite, toRead } = turnsOf(loop, happened);
  for (const name of ["a", "b"]) {
    toRead(name);
    toWrite(name);
  }
  assert.deepEqual(happened, []);
  loop.endBatch();
  assert.deepEqual(happened, ["write a", "write b", "read a", "read b"]);
  toWrite("c");
  loop.endBatch();
  assert.deepEqual(happened.slice(4), ["write c"]);
});

Deno.test("no more is written in a turn than the runtime carries through, and the rest in order", () => {
  const happened: string[] = [];
  const loop = new SteppedLoop();
  const { toWrite, toRead } = turnsOf(loop, happened);
  for (const number of numbers(300)) toWrite(String(number));
  toRead("answer");
  loop.endBatch();
  assert.equal(happened.length, 128);
  loop.nextTurn();
  assert.equal(happened.length, 256);
  loop.nextTurn();
  assert.deepEqual(happened, [...numbers(300).map((number) => `write ${number}`), "read answer"]);
});

Deno.test("a turn with nothing left to read ends the wait after a full one, and so do two looks in vain", () => {
  for (const end of ["a shorter turn", "looks"]) {
    const happened: string[] = [];
    const loop = new SteppedLoop();
    const { turns, toWrite, toRead } = turnsOf(loop, happened);
    for (const number of numbers(200)) toRead(String(number));
    loop.endBatch();
    happened.length = 0;
    for (const _ of numbers(128)) turns.readEnded();
    toWrite("request");
    loop.endBatch();
    assert.deepEqual(happened, []);
    if (end === "looks") {
      loop.look();
      assert.deepEqual(happened, []);
      loop.look();
    } else {
      turns.readEnded();
      loop.endBatch();
    }
    assert.deepEqual(happened, ["write request"]);
    assert.equal(loop.looksAwaited, 0);
  }
});

/**
 * A runtime like Deno's before a server that answers at once: of the sockets that are ready it reads some in a
 * turn, and looks first at those that became ready last.
 */
function servedBy(connections: number, turnCount: number): number[] {
  const PER_TURN = 128;
  const loop = new SteppedLoop();
  const turns = new SocketTurns(loop);
  const served = numbers(connections).map(() => 0);
  let late: number[] = [];
  let fresh: number[] = [];
  const answered = new Set<number>();
  const awaiting = new Set<number>();
  const becomeReady = (it: number) => {
    if (answered.has(it) && awaiting.has(it)) fresh.push(it);
  };
  const ask = (it: number) => {
    turns.toWrite({
      writeNow: () => {
        answered.add(it);
        becomeReady(it);
      },
    });
    turns.toRead({
      readNow: () => {
        awaiting.add(it);
        becomeReady(it);
        return true;
      },
    });
  };
  for (const it of numbers(connections)) ask(it);
  loop.endBatch();
  for (let turn = 0; turn < turnCount; turn++) {
    const ready = [...fresh, ...late];
    fresh = [];
    late = ready.slice(PER_TURN);
    for (const it of ready.slice(0, PER_TURN)) {
      answered.delete(it);
      awaiting.delete(it);
      served[it]!++;
      turns.readEnded();
      ask(it);
    }
    loop.endBatch();
    loop.nextTurn();
    if (ready.length === 0) loop.look();
  }
  return served;
}

Deno.test("each of many connections that are always ready is served as often as any other", () => {
  for (const connections of [100, 128, 129, 150, 256, 400, 1000, 3000]) {
    const served = servedBy(connections, 500);
    const [least, most] = [Math.min(...served), Math.max(...served)];
    assert(least > 0 && most - least <= 1, `${connections}: ${least} to ${most}`);
  }
});
