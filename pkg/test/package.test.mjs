import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../", import.meta.url);
const read = (name) => readFileSync(new URL(name, root), "utf8");

test("every piece has an example in the README, and every example runs", async () => {
  const examples = [...read("README.md").matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
  const pieces = Object.keys(await import("ennead")).filter((name) => !["default", "NotInitialized"].includes(name));
  for (const piece of pieces) {
    assert.ok(examples.some((code) => new RegExp(`\\b${piece}\\b`).test(code)), `${piece} has no example`);
  }
  for (const code of examples) {
    const out = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: root, encoding: "utf8" });
    assert.ok(out.length > 0 && !out.includes("undefined"), `${code}\nprinted: ${out}`);
  }
});

test("every file of the package is there, and nothing is exported without types", async () => {
  const manifest = JSON.parse(read("package.json"));
  for (const file of manifest.files) assert.ok(existsSync(new URL(file, root)), `${file} is missing: cargo xtask npm`);
  const types = read("index.d.ts");
  const [node, browser] = [await import("ennead"), await import("../index.js")];
  assert.deepEqual(Object.keys(node), Object.keys(browser));
  for (const name of Object.keys(node).filter((name) => name !== "default")) {
    assert.match(types, new RegExp(`export (class|function) ${name}\\b`));
    if (!/^class\b.*\bextends (?!Error)/.test(String(node[name]))) continue;
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(node[name].prototype))) {
      if (method.startsWith("__")) continue;
      assert.ok(new RegExp(`\\b${method}\\b`).test(types), `${name}.${method} has no type`);
    }
  }
});
