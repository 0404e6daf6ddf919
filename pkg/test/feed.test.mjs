import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { FeedCosts, mergeFeeds, Snowflake } from "ennead";

before(() => init());

test("r11.5 the latest of several lists, each once, page by page", () => {
  const lists = [[90, 70n, 20], [80], [], [95n, 70n, 10]];
  assert.deepEqual(mergeFeeds(lists, 3), [95n, 90n, 80n]);
  assert.deepEqual(mergeFeeds(lists, 3, 80n), [70n, 20n, 10n]);
  assert.deepEqual(mergeFeeds(lists, 3, 10), []);
  const flake = new Snowflake({ dataCentre: 1, machine: 2 });
  const ids = [1, 2, 3].map(() => flake.next()).reverse();
  assert.deepEqual(mergeFeeds([ids, ids], 10), ids);
});

test("r11.4 what push, pull and both cost", () => {
  const costs = new FeedCosts(500);
  costs.publish(200);
  costs.publish(5_000);
  costs.read(300, 2);
  assert.deepEqual(costs.totals(), {
    push: { writes: 5_202, reads: 1 },
    pull: { writes: 0, reads: 301 },
    hybrid: { writes: 200, reads: 4 },
  });
  assert.deepEqual(new FeedCosts().totals().hybrid, { writes: 0, reads: 0 });
});

test("what is wrong is thrown", () => {
  const code = { code: "InvalidArgument", name: "EnneadError" };
  for (const [lists, limit, before] of [
    [7, 1], [[7], 1], [[[1, 2]], 1], [[[2, 2]], 1], [[["2"]], 1], [[[-1]], 1], [[[1]], 0], [[[1]], 1, "2"],
  ]) {
    assert.throws(() => mergeFeeds(lists, limit, before), code);
  }
  for (const threshold of [-1, 0.5, "5"]) assert.throws(() => new FeedCosts(threshold), code);
  const costs = new FeedCosts();
  assert.throws(() => costs.publish(-1), code);
  assert.throws(() => costs.read(1, 2), code);
});
