// The threads of one program: stacks of which one runs at a time, switched where a thread waits (JavaScript Promise Integration).
//
//            start            next               park, ask
//   (new) ---------> ready ---------> running ---------------> waiting
//                      ^                                          |
//                      +---- woken, call done, time is over ------+
//
// A turn lasts until no thread is ready. Threads become ready in a fixed order, so a program does the same each time.

const MAIN = 1; // the main thread
const SIGALRM = 14;
const SIGNALLED = 2 ** 30; // beside a code: a signal is there too

export class Fibers {
  #py;
  #clock;
  #output;
  #say;
  #fibers = new Map(); // by ident
  #ready = []; // [fiber, value, detail]
  #running = null;
  #calls = []; // asked for in this turn
  #asking = new Map(); // id of a call -> the fiber that waits for it
  #lastCall = 0;
  #pending = null; // what the running thread is about to wait for: a promise of a code, below
  #value = null; // of code 2
  #detail = null; // all of the outcome with which the running thread was just resumed
  #alarm = null; // when SIGALRM is to come: {until, interval}
  #arrived = []; // signals that the main thread is to take
  #over = false;
  #held = false;
  lines = []; // stdin; null is its end
  since = 0; // when the running thread was resumed, ms

  constructor({ clock, output, say, py }) {
    this.#py = py;
    this.#clock = clock;
    this.#output = output;
    this.#say = say;
    this.host = {
      gate: (fd, at) => this.#gate(fd, at),
      value: () => this.#value,
      detail_json: () => (typeof this.#detail === "string" ? this.#detail : JSON.stringify(this.#detail ?? {})),
      start: (ident, main) => this.#start(ident, main),
      park: (ident, what, until, file, line) => this.#park(ident, what, until < 0 ? null : until, file, line),
      ask: (ident, what, request, data, timeout, file, line) => this.#ask(ident, what, request, data, timeout, file, line),
      post: (ident, request, file, line) => void this.#call(request, 0, ident, file, line, false),
      wake: (ident, value) => this.#wake(ident, value),
      nudge: (ident) => this.#nudge(ident),
      line: () => this.lines[0],
      take_line: () => void (this.lines[0] === null || this.lines.shift()),
      watch_stdin: (ident, on) => void (this.#fibers.get(ident).watches = on),
      alarm: (until, interval) => void (this.#alarm = until < 0 ? null : { until, interval }),
      alarm_left: () => (this.#alarm ? Math.max(1, this.#alarm.until - this.#clock.now()) : 0),
      interrupt: (number) => this.signal(number),
      arrived: () => this.#arrived.shift() ?? 0,
    };
  }

  /** Outcomes of calls, and time that has passed. */
  turn({ now_us, replies }) {
    this.#clock.turn(now_us);
    for (const { id, ok, error, data } of replies ?? []) this.#replied(id, ok, error, data);
    this.#due();
    this.#next();
  }

  /** A line for stdin; null is the end of it. */
  line({ text, now_us }) {
    if (this.lines.at(-1) === null) return;
    if (typeof now_us === "number") this.#clock.turn(now_us);
    this.lines.push(text);
    for (const fiber of this.#fibers.values()) if (fiber.what === "input" || fiber.watches) this.#nudge(fiber.ident);
    this.#next();
  }

  /** A signal for the main thread: it is broken off where it waits, and takes the signal first. */
  signal(number) {
    const main = this.#fibers.get(MAIN);
    if (!main) return;
    this.#arrived.push(number);
    if (main.state === "parked") this.#resume(main, "signal");
    else if (main.state === "asking") {
      main.signalled = true;
      this.#nudge(MAIN);
    }
  }

  /** A signal that has arrived while the main thread computes, or 0. */
  takeSignal() {
    this.#ring();
    return this.#running?.ident === MAIN ? (this.#arrived.shift() ?? 0) : 0;
  }

  #ring() {
    const alarm = this.#alarm;
    if (!alarm || alarm.until > this.#clock.now()) return;
    this.#alarm = alarm.interval ? { ...alarm, until: alarm.until + alarm.interval } : null;
    this.signal(SIGALRM);
  }

  /** The program is over: nothing of it runs again. */
  ended(status, error) {
    this.#over = true;
    this.#output.flush();
    this.#say({ said: "ended", status, error: error ? JSON.parse(error) : null });
  }

  /** Whether somebody waits for the running thread to give way: another thread, its call, or its time. */
  get crowded() {
    if (this.#ready.length > 0 || this.#calls.length > 0 || this.#asking.size > 0) return true;
    return this.#alarm !== null || [...this.#fibers.values()].some((fiber) => fiber.until !== null);
  }

  /** The running thread lets the others have a go, and then goes on. With nobody ready the turn ends, to begin again at once. */
  yields(ident, value) {
    const others = this.#ready.length > 0;
    this.#park(ident, "running", others ? null : this.#clock.now(), null, 0, false);
    const fiber = this.#fibers.get(ident);
    fiber.answer = value;
    if (others) this.#resume(fiber, value());
  }

  /** The running thread waits for `promise` without giving way to the others: a pause, or a look at the page's messages. */
  aside(promise) {
    this.#held = true;
    this.#pending = promise.then((value) => {
      this.#held = false;
      return this.#code(value);
    });
  }

  #start(ident, main) {
    const fiber = { ident, resolve: null, state: "ready", what: "", until: null, watches: false };
    this.#fibers.set(ident, fiber);
    fiber.resolve = () =>
      main
        .callPromising(ident)
        .catch((error) => this.#over || this.#say({ said: "cannot", why: `Python failed: ${error?.message || error?.stack || error}` }))
        .finally(() => {
          this.#fibers.delete(ident);
          this.#running = null;
          this.#next();
        });
    this.#ready.push([fiber]);
    if (!this.#running) queueMicrotask(() => this.#next());
  }

  #park(ident, what, until, file, line, waits = true) {
    this.#suspend(ident, { state: "parked", what, until, ends: until, file, line }, waits);
  }

  #ask(ident, what, request, data, timeout, file, line) {
    const call = this.#call(request, timeout < 0 ? null : timeout, ident, file, line, true, data);
    const ends = timeout < 0 ? null : this.#clock.now() + timeout;
    this.#suspend(ident, { state: "asking", what, until: null, ends, file, line, call: call.id }, timeout !== 0);
    this.#asking.set(call.id, this.#fibers.get(ident));
  }

  #call(request, timeout_us, thread, file, line, wanted, data) {
    const call = { id: ++this.#lastCall, request, timeout_us, file: file ?? null, line: line ?? 0, thread, wanted };
    if (data) call.data = data;
    this.#calls.push(call);
    return call;
  }

  #suspend(ident, wait, waits = true) {
    const fiber = this.#fibers.get(ident);
    Object.assign(fiber, wait, { since: this.#clock.now(), nudged: false, answer: null });
    if (waits) this.#clock.waited();
    this.#running = null;
    queueMicrotask(() => this.#next());
    this.#pending = new Promise((resolve) => (fiber.resolve = resolve));
  }

  #resume(fiber, value, detail) {
    Object.assign(fiber, { state: "ready", what: "", until: null });
    this.#ready.push([fiber, value, detail]);
  }

  #wake(ident, value) {
    const fiber = this.#fibers.get(ident);
    if (fiber?.state !== "parked") return false;
    this.#resume(fiber, value);
    return true;
  }

  /** What a thread watches has changed here: it waits by itself, or with a call on the network that must be broken off now. */
  #nudge(ident) {
    const fiber = this.#fibers.get(ident);
    if (!fiber || fiber.nudged) return;
    fiber.nudged = true;
    if (fiber.state === "parked") return this.#resume(fiber, 1);
    if (fiber.state !== "asking") return;
    const unsent = this.#calls.findIndex((call) => call.id === fiber.call);
    if (unsent < 0) return void this.#call(`{"call":"cancel","target":${fiber.call}}`, 0, ident, fiber.file, fiber.line, false);
    this.#calls.splice(unsent, 1);
    this.#replied(fiber.call, undefined, { name: "EINTR", errno: 4, text: "Interrupted system call" });
  }

  #replied(id, ok, error, data) {
    const fiber = this.#asking.get(id);
    if (!fiber) return;
    this.#asking.delete(id);
    const broken = fiber.signalled && error?.name === "EINTR";
    fiber.signalled = false;
    this.#resume(fiber, broken ? "signal" : digest(ok, error, data), ok);
  }

  #due() {
    this.#ring();
    const now = this.#clock.now();
    [...this.#fibers.values()]
      .filter((fiber) => fiber.state === "parked" && fiber.until !== null && fiber.until <= now)
      .sort((a, b) => a.until - b.until || a.ident - b.ident)
      .forEach((fiber) => this.#resume(fiber, fiber.answer?.() ?? 0));
  }

  #next() {
    if (this.#running || this.#held || this.#over) return;
    const next = this.#ready.shift();
    if (!next) return this.#endTurn();
    const [fiber, value, detail] = next;
    this.#running = fiber;
    this.since = this.#clock.real();
    fiber.state = "running";
    this.#detail = detail;
    const signalled = fiber.ident === MAIN && this.#arrived.length > 0 && value !== "signal";
    fiber.resolve(this.#code(value) + (signalled ? SIGNALLED : 0));
  }

  /**
   * What a thread goes on with, as the number that the gate gives it: 0 time is over, 1 woken, 2 the host's `value`, n + 3 a call's
   * outcome that is the number n.
   */
  #code(value) {
    if (value === 0 || value === 1) return value;
    if (typeof value === "object" && "number" in value) return value.number + 3;
    this.#value = value;
    return 2;
  }

  /** Makes a socket of the interpreter's own the gate: its descriptor becomes `at`, and a send on it waits for what is pending. */
  #gate(fd, at) {
    const { FS, SOCKFS } = this.#py._module;
    const stream = FS.getStream(fd);
    FS.streams[fd] = null;
    stream.fd = at;
    FS.streams[at] = stream;
    const sock = SOCKFS.getSocket(at);
    sock.sock_ops = { ...sock.sock_ops, sendmsgAsync: () => this.#pending };
  }

  #endTurn() {
    this.#output.flush();
    const calls = this.#calls;
    this.#calls = [];
    const waiting = [...this.#fibers.values()].filter((fiber) => fiber.what);
    const times = waiting.map((fiber) => fiber.until).concat(this.#alarm?.until ?? null).filter((until) => until !== null);
    const message = {
      said: "turn",
      spent_us: this.#clock.spent,
      calls,
      wakes_at_us: times.length ? Math.min(...times) : null,
      waits: waiting.map(({ ident, what, file, line, since, ends }) => ({
        thread: ident,
        what,
        file: file ?? null,
        line: line ?? 0,
        since_us: since,
        until_us: ends,
      })),
      asks: waiting.some((fiber) => fiber.what === "input" || fiber.watches),
    };
    this.#say(message, calls.filter((call) => call.data).map((call) => call.data.buffer));
  }
}

/** The outcome as Python takes it cheapest: {number} of octets, octets, or JSON ("!" before that of an error). */
export function digest(ok, error, data) {
  if (error) return "!" + (typeof error === "string" ? error : JSON.stringify(error));
  if (data) return data;
  if (typeof ok === "object" && typeof ok?.sent === "number") return { number: ok.sent };
  return typeof ok === "string" ? ok : JSON.stringify(ok ?? {});
}
