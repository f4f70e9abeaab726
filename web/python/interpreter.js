// Makes CPython ready: fetches it, puts our modules into its file system before it starts, and gives it Linux's errnos.

import { Descriptors } from "./descriptors.js";
import { linuxErrnos, linuxTexts } from "./errno.js";

/** Whether the browser can switch stacks, without which a program has one thread only. */
export const canSwitch = typeof WebAssembly === "object" && "Suspending" in WebAssembly;

/** Where our modules lie in the interpreter's file system; tracebacks leave out what is below it. */
const OURS = "tcplab";

/**
 * `pyodide` is the address of Pyodide's files, `modules` that of a JSON object from the name of each of our modules to its text,
 * `module` the compiled interpreter from another worker, if there is one already.
 */
export async function interpreter({ pyodide, modules, module, say }) {
  const progress = (what, done, of) => say({ said: "progress", what, done, of });
  progress("Python", 0, 3);
  const [texts, { loadPyodide }] = await Promise.all([text(modules).then(JSON.parse), import(pyodide + "pyodide.mjs")]);
  progress("Python", 1, 3);
  const undo = shareModule(module, say);
  let py;
  try {
    py = await loadPyodide({
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
    });
  } finally {
    undo();
  }
  progress("Python", 2, 3);
  linuxTexts(py._module.HEAPU8);
  py.descriptors = new Descriptors(py.FS);
  py.pyimport("tcplab.program").prepare();
  progress("Python", 3, 3);
  return py;
}

/** What Pyodide checks of the list of its packages, of which we use none. */
const lockInfo = { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2", version: "314.0.7" };

const text = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.text();
};

/** Compiles the interpreter once for all workers, and puts our errnos between it and its system calls. */
function shareModule(module, say) {
  const { fetch } = self;
  const { instantiate, instantiateStreaming } = WebAssembly;
  const made = (instance, compiled) => {
    if (!module) say({ said: "module", module: compiled });
    return { instance, module: compiled };
  };
  const from = async (compiled, imports) => made(await instantiate.call(WebAssembly, compiled, linuxErrnos(imports)), compiled);
  self.fetch = (what, ...rest) =>
    module && String(what?.url ?? what).endsWith("pyodide.asm.wasm") ? Promise.resolve(new Response()) : fetch.call(self, what, ...rest);
  WebAssembly.instantiateStreaming = async (response, imports) =>
    imports?.env?.__syscall_openat
      ? from(module ?? (await WebAssembly.compileStreaming(response)), imports)
      : instantiateStreaming.call(WebAssembly, response, imports);
  WebAssembly.instantiate = async (source, imports) =>
    imports?.env?.__syscall_openat
      ? from(module ?? (await WebAssembly.compile(source)), imports)
      : instantiate.call(WebAssembly, source, imports);
  return () => {
    self.fetch = fetch;
    Object.assign(WebAssembly, { instantiate, instantiateStreaming });
  };
}
