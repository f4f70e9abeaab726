// Linux's errno numbers in an interpreter that was compiled with WASI's.
//
// The interpreter's C library knows errnos by the numbers of WASI (ENOENT is 44), and a program must see Linux's (2). Two seams are
// enough: what a system call answers is translated on its way in, and the C library's table of texts is put into Linux's order. Which
// exception belongs to which number is tcplab/errnos.py's affair.

/** Linux's number for each of WASI's, by position; 0 where Linux has none. */
const LINUX = [
  0, 7, 13, 98, 99, 97, 11, 114, 9, 74, 16, 125, 10, 103, 111, 104, 35, 89, 33, 122, 17, 14, 27, 113, 43, 84, 115, 4, 22, 5,
  106, 21, 40, 24, 31, 90, 72, 36, 100, 102, 101, 23, 105, 19, 2, 8, 37, 67, 12, 42, 92, 28, 38, 107, 20, 39, 131, 88, 0, 25,
  6, 75, 130, 1, 32, 71, 93, 91, 34, 30, 29, 3, 116, 110, 26, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 60, 59, 57, 56, 55, 15, 44, 46, 47, 48, 49, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 66, 68, 69, 70, 73, 76, 77,
  78, 79, 80, 81, 82, 83, 0, 86, 87, 94, 95, 96, 108, 109, 112, 0, 0, 0, 0, 0, 123, 0, 0, 0, 0, 0, 0, 0, 45,
];

const linux = (wasi) => LINUX[wasi] || wasi;

/** WASI's calls answer an errno; those that are modelled on Linux's answer a negative one. */
const WASI_CALLS = ["fd_close", "fd_fdstat_get", "fd_pread", "fd_pwrite", "fd_read", "fd_seek", "fd_sync", "fd_write"];

/** The interpreter's imports, with Linux's errnos in the answers of its system calls. */
export function linuxErrnos(imports) {
  const env = imports.env;
  for (const name of Object.keys(env)) {
    const call = env[name];
    if (name.startsWith("__syscall_")) {
      env[name] = (...args) => {
        const answer = call(...args);
        return answer < 0 ? -linux(-answer) : answer;
      };
    } else if (WASI_CALLS.includes(name)) {
      env[name] = (...args) => linux(call(...args));
    }
  }
  return imports;
}

/**
 * Puts the C library's table of error texts into Linux's order. The table is an array of 16-bit offsets into one block of texts, which
 * begins with "Success"; it is found by what must stand in it. Where it is not found, texts of files' errors are wrong,
 * and nothing else.
 */
export function linuxTexts(memory) {
  const octets = (text) => new TextEncoder().encode(text);
  const block = find(memory, octets("Success\0Illegal byte sequence\0"));
  const offset = (text) => find(memory, octets(`${text}\0`), block) - block;
  const first = new Uint16Array([offset("Argument list too long"), offset("Permission denied"), offset("Address in use")]);
  const table = find(memory, new Uint8Array(first.buffer)) - 2; // it begins with the 0 of "Success"
  if (block < 0 || table < 0 || table % 2) return false;
  const offsets = new Uint16Array(memory.buffer, memory.byteOffset + table, LINUX.length);
  const wasi = offsets.slice();
  LINUX.forEach((number, position) => {
    if (number && number < offsets.length) offsets[number] = wasi[position];
  });
  return true;
}

function find(memory, pattern, from = 0) {
  for (let at = memory.indexOf(pattern[0], from); at >= 0; at = memory.indexOf(pattern[0], at + 1)) {
    let same = 1;
    while (same < pattern.length && memory[at + same] === pattern[same]) same++;
    if (same === pattern.length) return at;
  }
  return -1;
}
