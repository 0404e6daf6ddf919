// The package for Node.js: without an argument, `init` reads the WebAssembly from the file beside it.

import { readFile } from "node:fs/promises";
import load from "./index.js";

export * from "./index.js";

export default function init(source) {
  return load(source ?? readFile(new URL("./ennead_web_bg.wasm", import.meta.url)));
}
