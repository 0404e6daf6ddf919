import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { Frontier } from "ennead";

before(() => init());

const code = (expected) => (error) => error.code === expected && error.name === "EnneadError";

test("one request a host at once, and a rest after it", () => {
  const frontier = new Frontier({ delay: 500, factor: 2, longestDelay: 10_000 });
  for (const path of ["", "b", "c"]) frontier.push(`http://a.example/${path}`);
  assert.equal(frontier.size, 3);
  assert.deepEqual(frontier.next(0), { kind: "fetch", url: "http://a.example/", host: "a.example", depth: 0 });
  assert.deepEqual(frontier.next(0), { kind: "wait" });
  assert.deepEqual(frontier.queues().backs, [{ host: "a.example", waiting: 2, restsUntil: undefined }]);
  assert.deepEqual(frontier.done("a.example", 300, { took: 300 }), []);
  assert.deepEqual(frontier.next(300), { kind: "at", at: 900 });
  assert.equal(frontier.next(900).url, "http://a.example/b");
  frontier.done("a.example", 1_000, { took: 100, crawlDelay: 3_000 });
  assert.deepEqual(frontier.next(1_000), { kind: "at", at: 4_000 });
});

test("the other orders have no pauses", () => {
  const got = (order) => {
    const frontier = new Frontier({ order });
    for (const path of ["a", "b", "c"]) frontier.push(`http://a.example/${path}`);
    return [0, 0, 0].map((now) => frontier.next(now).url.at(-1)).join("");
  };
  assert.equal(got("breadth"), "abc");
  assert.equal(got("depth"), "cba");
});

test("a host that fails again and again is given up", () => {
  const frontier = new Frontier({ delay: 1 });
  for (let i = 0; i < 8; i++) frontier.push(`http://bad.example/${i}`);
  let now = 0;
  let lost = [];
  while (lost.length === 0) {
    const next = frontier.next(now);
    if (next.kind === "at") now = next.at;
    else lost = frontier.done("bad.example", now, { failed: true });
  }
  assert.deepEqual(lost, ["http://bad.example/6", "http://bad.example/7"]);
  assert.equal(frontier.push("http://bad.example/9"), false);
});

test("arguments are checked", () => {
  const frontier = new Frontier();
  assert.throws(() => new Frontier({ order: "random" }), code("InvalidArgument"));
  assert.throws(() => new Frontier({ delay: -1 }), code("InvalidArgument"));
  assert.throws(() => new Frontier({ speed: 1 }), code("InvalidArgument"));
  assert.throws(() => frontier.push("mailto:a@b"), code("InvalidUrl"));
  assert.throws(() => frontier.push(7), code("InvalidArgument"));
  assert.throws(() => frontier.push("http://a/", 1e9), code("InvalidArgument"));
  assert.throws(() => frontier.next("now"), code("InvalidArgument"));
  assert.throws(() => frontier.done("a", 0, { took: "long" }), code("InvalidArgument"));
});
