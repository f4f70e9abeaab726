// The clock of a program.
//
// On a network with virtual time, time stands still while the program runs, so that nothing it does depends on how fast this machine
// is. But a loop that looks at the clock, or asks again and again for what is not there, must see time pass, or it would never end: each
// reading costs 1 us, each question in vain 10 us, twice as much with every further one until the program waits, at most 1 ms; after long
// asking 16 ms.

const MOST_US = 1000;
const [LONG, LONG_US] = [256, 16_000];

export class Clock {
  #virtual = false;
  #now = 0; // us of the network's clock when the turn began
  #behind = 0; // on a real clock: the network's clock less ours, us
  #spent = 0;
  #reading = 1;
  #vain = 10;
  #vainly = 0; // how often in a row
  #epoch = 0;
  #performance = performance.now.bind(performance);

  /** Milliseconds that truly passed, whatever the program is told. */
  real() {
    return this.#performance();
  }

  begin({ clock, epoch_us, now_us, seed }) {
    this.#virtual = clock === "virtual";
    this.#epoch = epoch_us ?? 0;
    this.turn(now_us ?? 0);
    if (!this.#virtual) return;
    Date.now = () => (this.#epoch + this.#read()) / 1000;
    performance.now = () => this.#read() / 1000;
    nothingIsRandom(seed ?? 0);
  }

  /** A turn begins at this time of the network. */
  turn(now) {
    const waited = now > this.#now + this.#spent;
    if (waited) this.moved();
    this.#spent = 0;
    if (this.#virtual) this.#now = Math.max(this.#now, now);
    else this.#behind = now - this.real() * 1000;
  }

  /** The network's time now, us. */
  now() {
    return this.#virtual ? this.#now + this.#spent : Math.max(0, Math.round(this.real() * 1000 + this.#behind));
  }

  get spent() {
    return this.#spent;
  }

  /** The program asked for something in vain, and was told not to wait. */
  idled() {
    if (!this.#virtual) return;
    this.#spent += this.#vain;
    this.#vain = Math.min(2 * this.#vain, ++this.#vainly < LONG ? MOST_US : LONG_US);
  }

  /** The program computed for a while without ever waiting. */
  computed(us) {
    if (this.#virtual) this.#spent += us;
  }

  /** The program waits. */
  waited() {
    this.#reading = 1;
  }

  /** Something came of what the program did, or time has passed: it does not turn in a circle. */
  moved() {
    this.#vain = 10;
    this.#vainly = 0;
  }

  #read() {
    this.#spent += this.#reading;
    this.#reading = Math.min(2 * this.#reading, MOST_US);
    return this.#now + this.#spent;
  }
}

/** Replaces the browser's randomness by a generator that starts at `seed` (xorshift32 after a mixing step). */
function nothingIsRandom(seed) {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  Math.random = () => next() / 2 ** 32;
  crypto.getRandomValues = (array) => {
    const octets = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let at = 0; at < octets.length; at++) octets[at] = next() >>> 11;
    return array;
  };
}
