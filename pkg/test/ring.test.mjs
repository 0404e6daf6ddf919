import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";

import init, { HashRing } from "ennead";

before(() => init());

const keys = Array.from({ length: 10_000 }, (_, i) => `key-${i}`);

function ringOf(...names) {
  const ring = new HashRing();
  for (const name of names) ring.add(name);
  return ring;
}

test("r5.1 only the keys of a member that leaves are moved", () => {
  const ring = ringOf("a", "b", "c", "d");
  const owners = keys.map((key) => ring.owner(key));
  assert.equal(ring.remove("d"), true);
  assert.equal(ring.remove("d"), false);
  keys.forEach((key, i) => {
    if (owners[i] !== "d") assert.equal(ring.owner(key), owners[i]);
    else assert.notEqual(ring.owner(key), "d");
  });
});

test("r5.3 a weight is a share", () => {
  const ring = ringOf("a");
  ring.add("b", { weight: 3 });
  const share = keys.filter((key) => ring.owner(key) === "b").length / keys.length;
  assert.ok(share > 0.68 && share < 0.82, `${share} of the keys, expected about three quarters`);
  assert.equal(ring.points().length, 4 * 256);
});

test("r5.7 copies lie on distinct members and, while there are some, in distinct zones", () => {
  const ring = new HashRing();
  ring.add("a1", { zone: "a" });
  ring.add("a2", { zone: "a" });
  ring.add("b1", { zone: "b" });
  for (const key of keys.slice(0, 500)) {
    const owners = ring.owners(key, 2);
    assert.notEqual(owners[0][0], owners[1][0], `${owners} for ${key}`);
    assert.equal(new Set(ring.owners(key, 9)).size, 3);
    assert.equal(ring.owner(key), owners[0]);
  }
});

test("keys are strings or bytes, and places are known", () => {
  const ring = ringOf("a", "b", "c");
  assert.equal(ring.owner("도시"), ring.owner(new TextEncoder().encode("도시")));
  // SHA-1 of "abc", as FIPS 180 gives it.
  assert.equal(ring.place("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  const places = ring.points().map((point) => point.place);
  assert.deepEqual(places, [...places].sort());
  assert.deepEqual(ring.members[1], { name: "b", weight: 1, zone: "" });
});

test("r5.5 golden vectors of another program hold in WebAssembly", () => {
  const lines = readFileSync(new URL("../../core/src/ring/vectors.txt", import.meta.url), "utf8").trim().split("\n");
  const text = (word) => (word === "-" ? "" : word);
  const ring = new HashRing();
  let checked = 0;
  for (const line of lines) {
    const [kind, name, ...rest] = line.split(" ");
    if (kind === "member") ring.add(name, { weight: Number(rest[0]), zone: text(rest[1]) });
    if (kind === "point") {
      assert.ok(ring.points().some((point) => point.place === rest[1] && point.member === name), line);
    }
    if (kind === "key") {
      assert.equal(ring.place(text(name)), rest[0], line);
      assert.equal(ring.modulo(text(name)), ring.members[Number(rest[1])].name, line);
      assert.equal(ring.owners(text(name), 9).join(","), rest[2], line);
      checked += 1;
    }
  }
  assert.equal(checked, 40);
});

test("r5.2, r5.4, r5.8 the ring moves the least, modulo nearly everything", () => {
  const all = ringOf("a", "b", "c", "d");
  const fewer = all.clone();
  assert.ok(fewer instanceof HashRing);
  fewer.remove("b");
  const leave = all.movement(fewer, keys);
  assert.equal(leave.keys, keys.length);
  assert.equal(leave.ratio, 1);
  assert.equal(leave.moved, keys.filter((key) => all.owner(key) === "b").length);
  assert.ok(leave.flows.every((flow) => flow.from === "b"));
  assert.ok(leave.modulo.moved > 0.7 * keys.length, `${leave.modulo.moved} by modulo`);
  const join = fewer.movement(all, keys);
  assert.ok(join.ratio === 1 && join.flows.every((flow) => flow.to === "b"));
  // Another member of the same number is another member.
  fewer.add("e");
  assert.equal(all.movement(fewer, keys).flows.some((flow) => flow.to === "e"), true);
  assert.equal(all.movement(all, keys).moved, 0);
  assert.throws(() => all.movement({}, keys), { code: "InvalidArgument" });
  assert.throws(() => all.movement(fewer, "keys"), { code: "InvalidArgument" });
});

test("r5.3 spread is told exactly, and more points make it smaller", () => {
  const spreads = [16, 256, 4096].map((points) => {
    const ring = new HashRing({ points });
    for (let i = 0; i < 10; i += 1) ring.add(`server-${i}`);
    assert.equal(ring.points().length, 10 * points);
    const spread = ring.spread();
    assert.ok(Math.abs(spread.members.reduce((sum, member) => sum + member.share, 0) - 1) < 1e-9);
    return spread;
  });
  assert.ok(spreads[0].deviation > spreads[1].deviation && spreads[1].deviation > spreads[2].deviation);
  assert.ok(spreads.every((spread) => spread.peak > 1));
  assert.throws(() => new HashRing({ points: 0 }), { code: "InvalidArgument" });
});

test("an empty ring owns nothing", () => {
  const ring = new HashRing();
  assert.equal(ring.owner("k"), undefined);
  assert.deepEqual(ring.owners("k", 3), []);
  assert.deepEqual(ring.points(), []);
  assert.equal(ring.modulo("k"), undefined);
  assert.deepEqual(ring.spread().members, []);
});

test("what is wrong is thrown, with a code, and changes nothing", () => {
  const ring = ringOf("a");
  const refused = [
    ["MemberExists", () => ring.add("a")],
    ["MemberName", () => ring.add("")],
    ["MemberName", () => ring.add("x".repeat(65))],
    ["InvalidArgument", () => ring.add("b", { weight: 0 })],
    ["InvalidArgument", () => ring.add("b", { weight: 1.5 })],
    ["InvalidArgument", () => ring.add("b", { weight: 65 })],
    ["InvalidArgument", () => ring.add("b", { wieght: 2 })],
    ["InvalidArgument", () => ring.add("b", { zone: 7 })],
    ["InvalidArgument", () => ring.add("b", "zone")],
    ["InvalidArgument", () => ring.add()],
    ["InvalidArgument", () => ring.owner(42)],
    ["InvalidArgument", () => ring.owners("k", -1)],
    ["InvalidArgument", () => ring.owners("k", NaN)],
    ["InvalidArgument", () => ring.owners("k", "2")],
    ["InvalidArgument", () => ring.remove(null)],
  ];
  for (const [code, call] of refused) {
    assert.throws(call, (error) => error instanceof Error && error.code === code, String(call));
  }
  assert.deepEqual(ring.members.map((member) => member.name), ["a"]);
  assert.throws(() => ring.owner(42), { message: "key: got the number 42, expected a string or a Uint8Array" });

  for (let i = 1; i < 256; i += 1) ring.add(`n${i}`);
  assert.throws(() => ring.add("one too many"), { code: "MemberCount" });
});
