import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { Backoff, Template } from "ennead";

before(() => init());

test("r10.9 waits double up to their ceiling and are spread evenly below it", () => {
  const backoff = new Backoff({ first: 100, most: 1_000 });
  assert.deepEqual([1, 2, 3, 4, 5, 65_535].map((failures) => backoff.ceiling(failures)), [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(backoff.wait(3, 0), 0);
  assert.equal(backoff.wait(3, 0.5), 200);
  let sum = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const wait = backoff.wait(4);
    assert.ok(wait >= 0 && wait <= 800, String(wait));
    sum += wait;
  }
  assert.ok(Math.abs(sum / 10_000 - 400) < 20, String(sum / 10_000));
});

test("r10.7 templates are filled in, and say what is missing", () => {
  const template = new Template("{from} wrote", "{{{text}}}");
  assert.deepEqual(template.places, ["from", "text"]);
  assert.deepEqual(template.render({ from: "Ana", text: "{from}?", more: "x" }), { title: "Ana wrote", body: "{{from}?}" });
  assert.throws(() => template.render({ from: "Ana" }), /\{text\}/);
  assert.deepEqual(new Template("Hello").render(), { title: "Hello", body: "" });
});

test("what is wrong is thrown", () => {
  const code = { code: "InvalidArgument", name: "EnneadError" };
  for (const options of [{ first: 0 }, { most: -1 }, { cap: 5 }, 7]) assert.throws(() => new Backoff(options), code);
  for (const [failures, random] of [[0, 0], [1, 1], [1, -0.1], ["1", 0]]) {
    assert.throws(() => new Backoff().wait(failures, random), code);
  }
  for (const title of ["{", "}", "{a b}", 7]) assert.throws(() => new Template(title), code);
  assert.throws(() => new Template("{a}").render({ a: 1 }), code);
});
