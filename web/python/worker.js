// The worker in which one program runs: CPython (Pyodide), with our modules below its socket library.
//
//   page                                   this worker
//     | --- {do:"load"} ------------------->  an interpreter is made ready                 interpreter.js
//     | <-- {said:"ready"} ----------------
//     | --- {do:"run", source} ------------>  the program runs until no thread can         fibers.js, tcplab/*.py
//     | <-- {said:"turn", calls, waits} ---
//     | --- {do:"turn", replies} ---------->  threads whose calls are done go on
//     | <-- {said:"turn"} | {said:"ended"} -
//
// It knows no network: what a program asks of one goes to the page as calls (content/sockets, Op), and their outcomes come back. A
// worker runs one program once. To stop it, the page terminates the worker.

import { Clock } from "./clock.js";
import { Fibers } from "./fibers.js";
import { Lone } from "./lone.js";
import { interpreter, canSwitch } from "./interpreter.js";
import { Output } from "./output.js";
import { Steps } from "./steps.js";

const clock = new Clock();
const say = (message, transfer) => self.postMessage(message, transfer ?? []);
const output = new Output(say, clock);

let python = null; // the interpreter, a promise of it from "load" on
let threads = null; // Fibers, or Lone where the browser cannot switch stacks
let steps = null;

async function load({ pyodide, modules, module }) {
  const began = clock.real();
  const keep = (made) => say({ said: "module", module: made });
  python = interpreter({ pyodide, modules, kept: module, say, keep });
  try {
    await python;
    say({ said: "ready", ms: Math.round(clock.real() - began) });
  } catch (error) {
    say({ said: "cannot", why: `Python could not be loaded: ${error?.message ?? error}` });
  }
}

async function run(order) {
  const py = await python;
  if (canSwitch) {
    threads = new Fibers({ clock, output, say, py });
  } else if (order.shared) {
    threads = new Lone({ clock, output, say, py, shared: order.shared, obey });
  } else {
    return say({
      said: "cannot",
      why:
        "Python cannot run here in this browser: it lacks JavaScript Promise Integration, and this page is not isolated from other sites. " +
        "Current versions of Firefox, Chrome and Edge have it.",
    });
  }
  steps = new Steps({ threads, say, clock, output, order });
  clock.begin(order);
  threads.lines = order.lines ?? [];
  const host = {
    ...threads.host,
    ...steps.host,
    write: (stream, octets) => output.write(stream, octets),
    open_fd: () => py.descriptors.open(),
    close_fd: (fd) => py.descriptors.close(fd),
    now: () => clock.now(),
    idle: () => clock.idled(),
    moved: () => clock.moved(),
    ended: (status, error) => threads.ended(status, error),
  };
  py.registerJsModule("_tcplab_host", host);
  for (const stream of ["stdout", "stderr"]) {
    const write = (octets) => (output.write(stream, octets.slice()), octets.length);
    py[stream === "stdout" ? "setStdout" : "setStderr"]({ write }); // what goes past sys.stdout: os.write(1, ...)
  }
  py.setInterruptBuffer(steps.buffer());
  const start = py.pyimport("tcplab.program").start;
  const { source, ...rest } = order;
  start(JSON.stringify({ ...rest, shared: undefined, threads: canSwitch }), source);
}

function obey(message) {
  switch (message.do) {
    case "load":
      return void load(message);
    case "run":
      return void run(message).catch((error) => say({ said: "cannot", why: `Python failed: ${error?.message || error?.stack || error}` }));
    case "turn":
      return threads.turn(message);
    case "line":
      return threads.line(message);
    default:
      return steps?.obey(message);
  }
}

self.onmessage = ({ data }) => obey(data);
