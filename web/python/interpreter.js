// Makes CPython ready: fetches it, puts our modules into its file system before it starts, and gives it Linux's errnos.

import { Descriptors } from "./descriptors.js";
import { linuxErrnos, linuxTexts } from "./errno.js";

/** Whether the browser can switch stacks, without which a program has one thread only. */
export const canSwitch = typeof WebAssembly === "object" && "Suspending" in WebAssembly;

/** Where our modules lie in the interpreter's file system; tracebacks leave out what is below it. */
const OURS = "tcplab";

/**
 * `pyodide` is the address of Pyodide's files, `modules` that of a JSON object from the name of each of our modules to its text.
 *
 * To start CPython takes seconds, and every program gets one of its own. So the first worker gives away what it has made, the compiled
 * interpreter and a picture of its memory once all is read in (`keep`), and the next workers are given both (`kept`).
 */
export async function interpreter({ pyodide, modules, kept, say, keep }) {
  const progress = (done) => say({ said: "progress", what: "Python", done, of: 3 });
  progress(0);
  const [texts, { loadPyodide }] = await Promise.all([text(modules).then(JSON.parse), import(pyodide + "pyodide.mjs")]);
  progress(1);
  const options = {
    indexURL: pyodide,
    lockFileContents: JSON.stringify({ info: lockInfo, packages: {} }),
    packageBaseUrl: pyodide,
    env: { HOME: "/home", PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1", LANG: "C.UTF-8" },
    fsInit: async (FS, { sitePackages }) => {
      FS.mkdirTree(`${sitePackages}/${OURS}`);
      for (const [name, source] of Object.entries(texts)) {
        FS.writeFile(name === "sitecustomize.py" ? `${sitePackages}/${name}` : `${sitePackages}/${OURS}/${name}`, source);
      }
    },
    stdin: () => null,
    stdout: () => {},
    stderr: () => {},
  };
  if (!kept) kept = await first(loadPyodide, options, keep);
  progress(2);
  // Every program begins with the same memory, the first one too: or it would not do the same in every run.
  const share = shareModule(kept.module);
  try {
    const py = await loadPyodide({ ...options, _loadSnapshot: kept.snapshot });
    py.descriptors = new Descriptors(py.FS);
    progress(3);
    return py;
  } finally {
    share.undo();
  }
}

/** Starts an interpreter in the long way; answers what the others start from. */
async function first(loadPyodide, options, keep) {
  const share = shareModule(null);
  try {
    const py = await loadPyodide({ ...options, _makeSnapshot: true });
    linuxTexts(py._module.HEAPU8);
    py.pyimport("tcplab.program").prepare();
    const made = { module: share.module(), snapshot: py.makeMemorySnapshot().buffer };
    keep(made);
    return made;
  } finally {
    share.undo();
  }
}

/** What Pyodide checks of the list of its packages, of which we use none. */
const lockInfo = { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2", version: "314.0.7" };

const text = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.text();
};

/** Compiles the interpreter unless it is given compiled, and puts our errnos between it and its system calls. */
function shareModule(module) {
  const { fetch } = self;
  const { instantiate, instantiateStreaming } = WebAssembly;
  const given = module;
  const isInterpreter = (imports) => imports?.env?.__syscall_openat;
  const make = async (compiled, imports) => {
    module = compiled;
    return { instance: await instantiate.call(WebAssembly, compiled, linuxErrnos(imports)), module };
  };
  self.fetch = (what, ...rest) =>
    given && String(what?.url ?? what).endsWith("pyodide.asm.wasm") ? Promise.resolve(new Response()) : fetch.call(self, what, ...rest);
  WebAssembly.instantiateStreaming = async (response, imports) =>
    isInterpreter(imports)
      ? make(given ?? (await WebAssembly.compileStreaming(response)), imports)
      : instantiateStreaming.call(WebAssembly, response, imports);
  WebAssembly.instantiate = async (source, imports) =>
    isInterpreter(imports)
      ? make(given ?? (await WebAssembly.compile(source)), imports)
      : instantiate.call(WebAssembly, source, imports);
  return {
    module: () => module,
    undo() {
      self.fetch = fetch;
      Object.assign(WebAssembly, { instantiate, instantiateStreaming });
    },
  };
}
