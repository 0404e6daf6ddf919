import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { Autocomplete } from "ennead";

before(() => init());

test("r13.1 the best come first, as a plain count has it", () => {
  const autocomplete = new Autocomplete();
  const counts = new Map();
  let state = 7;
  for (let i = 0; i < 5_000; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const query = `q${(state >> 8) % 400}`;
    autocomplete.record(query);
    counts.set(query, (counts.get(query) ?? 0) + 1);
  }
  assert.equal(autocomplete.size, counts.size);
  for (const typed of ["", "q", "q1", "Q12", "q399", "x"]) {
    const expected = [...counts]
      .filter(([query]) => query.startsWith(typed.toLowerCase()))
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, 5)
      .map(([query, count]) => ({ query, count }));
    assert.deepEqual(autocomplete.suggest(typed), expected, typed);
  }
});

test("r13.4 blocked words are never suggested, and return", () => {
  const autocomplete = new Autocomplete();
  autocomplete.record("red bad apple", 9);
  autocomplete.record("red apple");
  assert.equal(autocomplete.block("BAD"), true);
  assert.equal(autocomplete.block("bad"), false);
  assert.deepEqual(autocomplete.suggest("r"), [{ query: "red apple", count: 1 }]);
  assert.equal(autocomplete.count("red bad apple"), 9);
  assert.equal(autocomplete.unblock("bad"), true);
  assert.equal(autocomplete.suggest("r")[0].query, "red bad apple");
});

test("what is wrong is said", () => {
  const autocomplete = new Autocomplete();
  for (const [use, code] of [
    [() => autocomplete.record(""), "Query"],
    [() => autocomplete.record("a".repeat(201)), "Query"],
    [() => autocomplete.record(7), "InvalidArgument"],
    [() => autocomplete.record("a", 0), "InvalidArgument"],
    [() => autocomplete.suggest("a", 11), "InvalidArgument"],
    [() => autocomplete.suggest("a".repeat(201)), "Query"],
    [() => autocomplete.block("a b c d e"), "Query"],
  ]) {
    assert.throws(use, (error) => error.code === code && error.message.length > 10, `${use}`);
  }
  assert.equal(autocomplete.size, 0);
});
