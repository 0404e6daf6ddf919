import assert from "node:assert/strict";
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

test("an empty ring owns nothing", () => {
  const ring = new HashRing();
  assert.equal(ring.owner("k"), undefined);
  assert.deepEqual(ring.owners("k", 3), []);
  assert.deepEqual(ring.points(), []);
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
