// Runs a program that was compiled to wasm, under Node.js: `node wasm.mjs PROGRAM.wasm`. wasm-bindgen must be on PATH.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [program] = process.argv.slice(2);
const directory = `${resolve(program)}.node`;
const options = ["--target", "nodejs", "--no-typescript", "--out-name", "bench", "--out-dir", directory];
execFileSync("wasm-bindgen", [...options, program], { stdio: "inherit" });
createRequire(import.meta.url)(join(directory, "bench.js"));
