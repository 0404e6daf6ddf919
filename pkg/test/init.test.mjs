import assert from "node:assert/strict";
import { test } from "node:test";

import init, { Autocomplete, Backoff, Base62, BloomFilter, ChatDevice, Cluster, FeedCosts, Frontier, HashRing, mergeFeeds, NotInitialized, RateLimiter, simulate, Snowflake, Template } from "ennead";

test("what is used before init says so, and works after", async () => {
  const early = [
    ["HashRing", () => new HashRing()],
    ["Snowflake", () => new Snowflake()],
    ["Snowflake.decode", () => Snowflake.decode("1")],
    ["Autocomplete", () => new Autocomplete()],
    ["BloomFilter", () => new BloomFilter(10)],
    ["Base62.encode", () => Base62.encode(1)],
    ["Base62.decode", () => Base62.decode("1")],
    ["RateLimiter", () => new RateLimiter()],
    ["Backoff", () => new Backoff()],
    ["Template", () => new Template("x")],
    ["ChatDevice", () => new ChatDevice({ user: "1" })],
    ["Frontier", () => new Frontier()],
    ["FeedCosts", () => new FeedCosts(1)],
    ["mergeFeeds", () => mergeFeeds([], 1)],
    ["Cluster", () => new Cluster()],
    ["Cluster.fromLink", () => Cluster.fromLink("x")],
    ["simulate", () => simulate()],
  ];
  for (const [name, use] of early) {
    assert.throws(use, (error) => {
      assert.ok(error instanceof NotInitialized);
      assert.equal(error.code, "NotInitialized");
      assert.match(error.message, new RegExp(`^${name} was used before .*await init\\(\\)`));
      return true;
    });
  }

  await assert.rejects(init(new Uint8Array([1, 2, 3])), WebAssembly.CompileError);
  assert.throws(() => new HashRing(), NotInitialized, "a failed init is none");
  await Promise.all([init(), init()]);
  await init();
  assert.ok(new HashRing() instanceof HashRing);
});
