// What the program prints, on its way to the page: in pieces of at most 16 KB or 30 ms, and all of it before a turn ends.

const MOST = 16 * 1024;
const LATEST_MS = 30;

export class Output {
  #say;
  #clock;
  #pending = []; // [stream, text] in the order of printing
  #size = 0;
  #since = 0;
  #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  constructor(say, clock) {
    this.#say = say;
    this.#clock = clock;
  }

  /** `octets` are UTF-8, and may end within a character. */
  write(stream, octets) {
    const text = this.#decoders[stream].decode(octets, { stream: true });
    if (!text) return;
    const last = this.#pending.at(-1);
    if (last?.[0] === stream) last[1] += text;
    else this.#pending.push([stream, text]);
    if (this.#size === 0) this.#since = this.#clock.real();
    this.#size += text.length;
    if (this.#size >= MOST || this.#clock.real() - this.#since >= LATEST_MS) this.flush();
  }

  flush() {
    for (const [stream, text] of this.#pending) this.#say({ said: "output", stream, text });
    this.#pending = [];
    this.#size = 0;
  }
}
