// A program with one thread only, for browsers that cannot switch stacks: where the program waits, this whole worker stands still,
// until the page has written its message into memory that both share (Atomics.wait). Such memory is there only on pages that are
// isolated from other origins.
//
//   Int32 0       Int32 1          Int32 2       from octet 16 on
//   0 empty       octets of JSON   octets of     the JSON of a message, as UTF-8, and right after it the data of
//   1 full                         data          all its replies, one after the other
//
// In the JSON a reply has `length`, the octets of its data, in place of the data. The page writes a message only when Int32 0 is 0, then
// stores 1 there and notifies; the worker stores 0 when it has read it, and notifies too.

import { digest } from "./fibers.js";

const HEAD = 16;

export class Lone {
  #clock;
  #output;
  #say;
  #obey;
  #state;
  #memory;
  #calls = [];
  #lastCall = 0;
  #code = 0;
  #value = null;
  #detail = null;
  #wait = null; // what the program waits for now
  #watches = false;
  lines = [];
  crowded = true; // whoever computes gives way: messages can be read at no other time
  since = 0;

  constructor({ clock, output, say, shared, obey }) {
    this.#clock = clock;
    this.#output = output;
    this.#say = say;
    this.#obey = obey;
    this.#state = new Int32Array(shared, 0, 3);
    this.#memory = new Uint8Array(shared);
    this.host = {
      code: () => this.#code,
      value: () => this.#value,
      detail_json: () => (typeof this.#detail === "string" ? this.#detail : JSON.stringify(this.#detail ?? {})),
      park: (_, what, until, file, line) => this.#stand({ what, until: until < 0 ? null : until, file, line }),
      ask: (_, what, request, data, timeout, file, line) => this.#ask(what, request, data, timeout, file, line),
      post: (_, request, file, line) => void this.#call(request, 0, file, line, false),
      wake: () => false, // there is nobody to wake: the only thread is the one that runs
      nudge: () => {},
      line: () => this.lines[0],
      take_line: () => void (this.lines[0] === null || this.lines.shift()),
      watch_stdin: (_, on) => void (this.#watches = on),
      alarm: () => {}, // nothing breaks in on a thread that is alone
      alarm_left: () => 0,
      arrived: () => 0,
    };
  }

  turn({ now_us, replies }) {
    this.#clock.turn(now_us);
    for (const { id, ok, error, data } of replies ?? []) {
      if (id !== this.#wait?.call) continue;
      this.#detail = ok;
      this.#goOn(digest(ok, error, data));
    }
    const until = this.#wait?.until;
    if (this.#wait && until !== null && until !== undefined && until <= this.#clock.now()) this.#goOn(0);
  }

  line({ text, now_us }) {
    if (this.lines.at(-1) === null) return;
    if (typeof now_us === "number") this.#clock.turn(now_us);
    this.lines.push(text);
    if (!this.#wait) return;
    if (this.#wait.what === "input" || (this.#watches && !this.#wait.call)) this.#goOn(1);
    else if (this.#watches) this.#call(`{"call":"cancel","target":${this.#wait.call}}`, 0, null, 0, false);
  }

  signal() {}

  takeSignal() {
    return 0;
  }

  /** The program computes and never waits: the page has a go, and its messages are read. */
  yields(_, answer) {
    this.#stand({ what: "running", until: this.#clock.now(), file: null, line: 0 }, false);
    this.#set(answer());
  }

  ended(status, error) {
    this.#output.flush();
    this.#say({ said: "ended", status, error: error ? JSON.parse(error) : null });
  }

  /** The program is paused: messages are read until `answer` has something. */
  aside(_, answer) {
    while (!answer()) this.#obey(this.#message());
    this.#set(answer());
  }

  #ask(what, request, data, timeout, file, line) {
    const call = this.#call(request, timeout < 0 ? null : timeout, file, line, true, data);
    const ends = timeout < 0 ? null : this.#clock.now() + timeout;
    this.#stand({ what, until: null, ends, file, line, call: call.id }, timeout !== 0);
  }

  #call(request, timeout_us, file, line, wanted, data) {
    const call = { id: ++this.#lastCall, request, timeout_us, file: file ?? null, line: line ?? 0, thread: 1, wanted };
    if (data) call.data = data;
    this.#calls.push(call);
    return call;
  }

  /** Ends the turn, and stands still until the page gives what was waited for. */
  #stand(wait, waits = true) {
    this.#wait = { ends: wait.until, ...wait, since: this.#clock.now() };
    if (waits) this.#clock.waited();
    while (this.#wait) {
      this.#endTurn();
      this.#obey(this.#message());
    }
  }

  #goOn(value) {
    this.#wait = null;
    this.#set(value);
  }

  #set(value) {
    if (value === 0 || value === 1) this.#code = value;
    else if (typeof value === "object" && "number" in value) this.#code = value.number + 3;
    else [this.#code, this.#value] = [2, value];
  }

  #endTurn() {
    this.#output.flush();
    const calls = this.#calls;
    this.#calls = [];
    const { what, file, line, since, until, ends } = this.#wait;
    this.#say(
      {
        said: "turn",
        spent_us: this.#clock.spent,
        calls,
        wakes_at_us: until,
        waits: [{ thread: 1, what, file: file ?? null, line: line ?? 0, since_us: since, until_us: ends ?? null }],
        asks: what === "input" || this.#watches,
      },
      calls.filter((call) => call.data).map((call) => call.data.buffer),
    );
  }

  /** The next message of the page. */
  #message() {
    Atomics.wait(this.#state, 0, 0);
    const [, json, data] = this.#state;
    const message = JSON.parse(new TextDecoder().decode(this.#memory.slice(HEAD, HEAD + json)));
    let at = HEAD + json;
    for (const reply of message.replies ?? []) {
      if (typeof reply.length !== "number") continue;
      reply.data = this.#memory.slice(at, at + reply.length);
      at += reply.length;
    }
    if (at > HEAD + json + data) throw new Error("a message is shorter than it says");
    Atomics.store(this.#state, 0, 0);
    Atomics.notify(this.#state, 0);
    return message;
  }
}
