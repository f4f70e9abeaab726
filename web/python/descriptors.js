// File descriptors for sockets, from the same small numbers that open files have, as in a process on Linux.

const S_IFSOCK = 0o140000;
const O_RDWR = 2;
const O_DIRECTORY = 0o200000;
const EISDIR = 31; // WASI's: errno.js translates it

export class Descriptors {
  #fs;
  #count = 0;

  constructor(fs) {
    this.#fs = fs;
    // The interpreter itself refuses to read a directory as a file, but with an errno that is not Linux's.
    const open = fs.open;
    fs.open = (path, flags, ...rest) => {
      const stream = open(path, flags, ...rest);
      if (!fs.isDir(stream.node.mode) || (typeof flags === "number" && flags & O_DIRECTORY)) return stream;
      fs.close(stream);
      throw new fs.ErrnoError(EISDIR);
    };
  }

  /** The lowest number that is free. What is read from the socket and written to it does not come this way. */
  open() {
    const fs = this.#fs;
    const node = fs.createNode(fs.root, `socket:[${++this.#count}]`, S_IFSOCK | 0o777, 0);
    const attributes = { dev: 8, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size: 0, blksize: 4096, blocks: 0 };
    node.node_ops = {
      getattr: () => ({ ...attributes, atime: new Date(0), mtime: new Date(0), ctime: new Date(0) }),
      setattr() {},
    };
    const refuse = () => {
      throw new fs.ErrnoError(70); // ESPIPE
    };
    const stream_ops = { close: () => fs.destroyNode(node), llseek: refuse, poll: () => 0 };
    node.stream_ops = stream_ops;
    return fs.createStream({ node, flags: O_RDWR, stream_ops, seekable: false, error: false, ungotten: [] }).fd;
  }

  close(fd) {
    const stream = this.#fs.getStream(fd);
    if (stream) this.#fs.close(stream);
  }
}
