import assert from "node:assert/strict";
import { test } from "node:test";

import init, { Cluster, HashRing, NotInitialized, simulate } from "ennead";

test("what is used before init says so, and works after", async () => {
  const early = [
    ["HashRing", () => new HashRing()],
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
