import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { RateLimiter } from "ennead";

before(() => init());

test("r8.7 a rate is kept exactly, each key by itself", () => {
  const limiter = new RateLimiter({ times: 3, per: 1_000, burst: 2 });
  assert.deepEqual([0, 0, 0].map((now) => limiter.check("ada", now)), [0, 0, 333.334]);
  assert.equal(limiter.check("bob", 0), 0);
  assert.equal(limiter.check("ada", 333.333), 0.001);
  assert.equal(limiter.check("ada", 333.334), 0);
  let passed = 0;
  for (let now = 1_000; now < 101_000; now += 1) if (limiter.check("ada", now) === 0) passed += 1;
  assert.equal(passed, 2 + 300 - 1);
  assert.equal(limiter.check(new TextEncoder().encode("ada"), 100_999) > 0, true, "bytes and text are one key");
});

test("r8.7 without a moment it asks the clock, and it remembers as many keys as it may", () => {
  const limiter = new RateLimiter({ times: 1, per: 3_600_000, keys: 10 });
  assert.equal(limiter.check("ada"), 0);
  const wait = limiter.check("ada");
  assert.ok(wait > 3_590_000 && wait <= 3_600_000, String(wait));
  for (let i = 0; i < 100; i += 1) assert.equal(limiter.check(`stranger ${i}`), 0);
  assert.equal(limiter.size, 10);
});

test("what is wrong is thrown", () => {
  const code = { code: "InvalidArgument", name: "EnneadError" };
  for (const options of [{ times: 0 }, { per: 0.5 }, { burst: 2 ** 32 }, { keys: -1 }, { rate: 5 }, 7]) {
    assert.throws(() => new RateLimiter(options), code);
  }
  const limiter = new RateLimiter();
  for (const [key, now] of [[1, 0], ["a", -1], ["a", NaN], ["a", "0"], ["x".repeat(1_025), 0]]) {
    assert.throws(() => limiter.check(key, now), code);
  }
});
