// Pausing and stepping, as the page asks for them, and breaking in on a program that computes and never waits.
//
// Such a program must not starve its other threads, nor keep this worker from reading messages. The interpreter looks for signals every
// few microseconds, in a buffer that is ours: there it finds one when it is time, and its handler (tcplab/stepping.py) gives way.

const LOOKS_PER_SLICE = 10_000; // of the interpreter's, each about 4 us apart: a slice is about 40 ms
const SLICE_US = 40_000; // what a slice costs on a virtual clock
const REAL_SLICE_MS = 20;
const AT_MS = 50; // how often the page is told of the running line, at most

export class Steps {
  #threads;
  #say;
  #clock;
  #output;
  #configure = null;
  #state;
  #resume = null;
  #wantsPause = false;
  #signal = 0;
  #looks = 0;
  #since = 0;
  #told = 0;
  #virtual;

  constructor({ threads, say, clock, output, order }) {
    this.#threads = threads;
    this.#say = say;
    this.#clock = clock;
    this.#output = output;
    this.#virtual = order.clock === "virtual";
    this.#state = { how: order.how ?? "run", breakpoints: order.breakpoints ?? [], follow: !!order.follow };
    this.host = {
      steps: (configure) => {
        this.#configure = configure.copy();
        this.#tell();
      },
      paused: (why, thread, frames) => this.#paused(why, thread, JSON.parse(frames)),
      at: (thread, file, line) => this.#at(thread, file, line),
      listen: (signal) => void (this.#signal = signal),
      attend: (ident) => this.#attend(ident),
      later: () => void (this.#looks = LOOKS_PER_SLICE - 5),
    };
  }

  obey(message) {
    switch (message.do) {
      case "breakpoints":
        this.#state.breakpoints = message.lines ?? [];
        return this.#tell();
      case "follow":
        this.#state.follow = !!message.on;
        return this.#tell();
      case "pause":
        this.#wantsPause = true;
        this.#state.how = "pause";
        return this.#tell();
      case "signal":
        return this.#threads.signal(message.number);
      case "step":
        return this.#step(message.how ?? "run");
    }
  }

  /** Where the interpreter looks for signals. */
  buffer() {
    const look = () => this.#look();
    return {
      get 0() {
        return look();
      },
      set 0(_) {},
    };
  }

  #tell() {
    const { how, breakpoints, follow } = this.#state;
    this.#configure?.(how, JSON.stringify(breakpoints), follow);
  }

  #step(how) {
    if (!this.#resume) return;
    this.#state.how = how;
    const resume = this.#resume;
    this.#resume = null;
    this.#tell();
    resume(how);
  }

  #paused(why, thread, frames) {
    this.#wantsPause = false;
    this.#state.how = "run";
    this.#output.flush();
    this.#say({ said: "paused", why, thread, frames });
    let told = null;
    const answer = new Promise((resolve) => (this.#resume = (how) => resolve((told = how))));
    this.#threads.aside(answer, () => told);
  }

  #at(thread, file, line) {
    const now = this.#clock.real();
    if (now - this.#told < AT_MS) return;
    this.#told = now;
    this.#say({ said: "at", thread, file, line });
  }

  #look() {
    if (!this.#signal || ++this.#looks < (this.#virtual ? LOOKS_PER_SLICE : 500)) return 0;
    this.#looks = 0;
    const arrived = this.#threads.takeSignal();
    if (arrived) return arrived;
    if (!this.#virtual && this.#clock.real() - Math.max(this.#since, this.#threads.since) < REAL_SLICE_MS) return 0;
    return this.#signal;
  }

  /** The interpreter has been broken in on: the running thread gives way. */
  #attend(ident) {
    this.#clock.computed(SLICE_US);
    this.#output.flush();
    const answer = () => {
      this.#since = this.#clock.real();
      return this.#wantsPause ? "pause" : "";
    };
    if (this.#virtual || this.#threads.crowded) this.#threads.yields(ident, answer);
    else this.#threads.aside(nextTask().then(answer));
  }
}

/** After the messages that have come. */
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
