// What the program prints, on its way to the page: at once, unless it prints so much that the page could not follow; then in pieces of
// at most 16 KB or 30 ms. All of it before a turn ends.

const MOST = 16 * 1024;
const LATEST_MS = 30;
const AT_ONCE = 50; // pieces in that time that are not held back: a program may print, and then compute for ever

export class Output {
  #say;
  #clock;
  #pending = []; // [stream, text] in the order of printing
  #size = 0;
  #since = 0; // when the 30 ms began
  #pieces = 0; // that went to the page in them
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
    this.#size += text.length;
    const now = this.#clock.real();
    const late = now - this.#since >= LATEST_MS;
    if (late) {
      this.#since = now;
      this.#pieces = 0;
    }
    if (late || this.#pieces < AT_ONCE || this.#size >= MOST) {
      this.#pieces++;
      this.flush();
    }
  }

  flush() {
    for (const [stream, text] of this.#pending) this.#say({ said: "output", stream, text });
    this.#pending = [];
    this.#size = 0;
  }
}
