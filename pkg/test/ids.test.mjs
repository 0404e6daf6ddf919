import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { Base62, BloomFilter, Snowflake } from "ennead";

before(() => init());

const NOW = 1_700_000_000_000;

test("r7.4 ids are bigints in the order of time, and say who gave them when", () => {
  const ids = new Snowflake({ dataCentre: 3, machine: 17 });
  const given = [ids.next(NOW), ids.next(NOW), ids.next(NOW + 1)];
  assert.equal(given[0], ((411165025343n << 10n) | (3n * 32n + 17n)) << 12n);
  assert.deepEqual(given.map((id) => Snowflake.decode(id)), [
    { time: NOW, dataCentre: 3, machine: 17, sequence: 0 },
    { time: NOW, dataCentre: 3, machine: 17, sequence: 1 },
    { time: NOW + 1, dataCentre: 3, machine: 17, sequence: 0 },
  ]);
  assert.deepEqual(Snowflake.decode(String(given[1])), Snowflake.decode(given[1]));
  assert.equal(Snowflake.decode(1n << 22n, { epoch: 5 }).time, 6);
  assert.ok(given[2] > BigInt(Number.MAX_SAFE_INTEGER));
});

test("r7.6 more than 4,096 in a millisecond wait for the next", () => {
  const ids = new Snowflake();
  for (let i = 0; i < 4_096; i += 1) ids.next(NOW);
  assert.throws(() => ids.next(NOW), { code: "Wait" });
  assert.equal(Snowflake.decode(ids.next(NOW + 1)).sequence, 0);

  const busy = new Snowflake();
  const given = Array.from({ length: 20_000 }, () => busy.next());
  assert.equal(new Set(given).size, given.length);
  assert.ok(given.every((id, i) => i === 0 || given[i - 1] < id));
  assert.ok(Math.abs(Snowflake.decode(given.at(-1)).time - Date.now()) < 5_000);
});

test("r7.6 a clock that goes back never repeats an id", () => {
  const after = (clock) => {
    const ids = new Snowflake({ clock });
    const first = ids.next(NOW);
    return { first, next: () => ids.next(NOW - 1_000) };
  };
  assert.throws(after("wait").next, { code: "Wait" });
  assert.throws(after("refuse").next, { code: "ClockBack" });
  const { first, next } = after("borrow");
  assert.equal(next(), first + 1n);
});

test("r8.5 base 62 is that of the chapter", () => {
  assert.equal(Base62.encode(11157), "2TX");
  assert.equal(Base62.encode(11157n, 7), "00002TX");
  assert.equal(Base62.decode("00002TX"), 11157n);
  assert.equal(Base62.encode(2n ** 64n - 1n), "lYGhA16ahyf");
  assert.equal(Base62.decode("lYGhA16ahyf"), 2n ** 64n - 1n);
});

test("r8.4 a bloom filter denies nothing that is in it, and errs as seldom as was asked", () => {
  const seen = new BloomFilter(10_000, 0.01, 7);
  assert.equal(seen.hashes, 7);
  assert.equal(seen.errorRate, 0);
  for (let i = 0; i < 10_000; i += 1) seen.add(`item ${i}`);
  for (let i = 0; i < 10_000; i += 1) assert.ok(seen.has(`item ${i}`));
  let wrong = 0;
  for (let i = 0; i < 50_000; i += 1) wrong += seen.has(`stranger ${i}`) ? 1 : 0;
  assert.ok(wrong / 50_000 < 0.0125, `${wrong} of 50,000`);
  assert.ok(Math.abs(wrong / 50_000 - seen.errorRate) < 0.003, `${wrong}, told ${seen.errorRate}`);
  assert.ok(seen.size > 9_900 && seen.size <= 10_000);
  assert.equal(seen.add("도시"), true);
  assert.equal(seen.has(new TextEncoder().encode("도시")), true);
});

test("what is wrong is thrown, with a code", () => {
  const refused = [
    ["InvalidArgument", () => new Snowflake({ machine: 32 })],
    ["InvalidArgument", () => new Snowflake({ worker: 1 })],
    ["InvalidArgument", () => new Snowflake({ clock: "trust" })],
    ["InvalidArgument", () => new Snowflake().next("now")],
    ["BeforeEpoch", () => new Snowflake().next(0)],
    ["Exhausted", () => new Snowflake().next(1_288_834_974_657 + 2 ** 41)],
    ["InvalidArgument", () => Snowflake.decode(1_541_815_603_606_036_480)],
    ["InvalidArgument", () => Snowflake.decode(2n ** 63n)],
    ["InvalidArgument", () => Snowflake.decode(-1n)],
    ["InvalidArgument", () => Snowflake.decode("12a")],
    ["InvalidArgument", () => Base62.encode(-1)],
    ["InvalidArgument", () => Base62.encode(2n ** 64n)],
    ["InvalidArgument", () => Base62.encode(62, 1)],
    ["InvalidArgument", () => Base62.encode(62, 65)],
    ["InvalidArgument", () => Base62.decode("")],
    ["InvalidArgument", () => Base62.decode("2-X")],
    ["InvalidArgument", () => Base62.decode(5)],
    ["InvalidArgument", () => new BloomFilter(0)],
    ["InvalidArgument", () => new BloomFilter(10, 0)],
    ["InvalidArgument", () => new BloomFilter(10, NaN)],
    ["InvalidArgument", () => new BloomFilter(10, 1)],
    ["BloomSize", () => new BloomFilter(2 ** 31)],
    ["InvalidArgument", () => new BloomFilter(10).add(5)],
  ];
  for (const [code, call] of refused) {
    assert.throws(call, (error) => error instanceof Error && error.code === code, String(call));
  }
});
