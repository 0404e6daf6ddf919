import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { Cluster, simulate } from "ennead";

before(() => init());

function founded(options) {
  const cluster = new Cluster(options);
  cluster.run(1_000);
  return cluster;
}

test("r6.4 what is put at one node is got at every other", () => {
  const cluster = founded({ nodes: 5, seed: 7 });
  const { dot, took } = cluster.put("A", "city", "Seoul");
  assert.ok(cluster.nodes.includes(dot.node) && took > 0 && took < 1_000, `${dot.node} ${took}`);
  for (const node of cluster.nodes) assert.deepEqual(cluster.get(node, "city").values, ["Seoul"]);
  cluster.delete("B", "city");
  const { value, values, siblings } = cluster.get("C", "city");
  assert.deepEqual([value, values, siblings.length], [undefined, [], 1]);
});

test("r6.9 a killed owner is stood in for, and gets its hint when it is back", () => {
  const cluster = founded({ seed: 7 });
  const [owner] = cluster.keyView("city").owners;
  const other = cluster.nodes.find((name) => name !== owner);
  cluster.kill(owner);
  cluster.run(3_000);
  assert.throws(() => cluster.get(owner, "city"), { code: "NodeDown" });
  cluster.put(other, "city", "Seoul");
  cluster.run(500);
  const kept = cluster.view().nodes.flatMap((node) => node.hints);
  assert.deepEqual(kept, [{ owner, count: 1 }]);

  const from = cluster.log().at(-1).number + 1;
  cluster.restart(owner);
  cluster.run(3_000);
  assert.deepEqual(cluster.view().nodes.flatMap((node) => node.hints), []);
  const copy = cluster.keyView("city").copies.find((copy) => copy.node === owner);
  assert.equal(copy.siblings[0].value, "Seoul");
  const kinds = cluster.log(from).map((entry) => entry.kind);
  assert.ok(kinds.includes("hintHandedOver"), kinds.join());
});

test("r6.7 writers that did not see each other leave siblings", () => {
  const cluster = founded({ seed: 7 });
  cluster.put("A", "city", "Seoul");
  cluster.put("D", "city", "Busan", { sight: "nothing" });
  assert.deepEqual(cluster.get("B", "city").values.sort(), ["Busan", "Seoul"]);
  cluster.put("B", "city", "Jeju");
  assert.deepEqual(cluster.get("E", "city").values, ["Jeju"]);
  cluster.put("C", "city", "Daegu", { sight: "blind" });
  assert.deepEqual(cluster.get("E", "city").values, ["Daegu"]);
});

test("r6.9 both sides of a split go on, and agree after healing", () => {
  const cluster = founded({ seed: 3, copies: 3 });
  cluster.split(["A", "B"]);
  cluster.run(4_000);
  assert.equal(cluster.view().cuts.length, 12);
  cluster.put("A", "city", "Seoul");
  cluster.put("E", "city", "Busan", { sight: "nothing" });
  cluster.heal();
  cluster.run(20_000);
  for (const copy of cluster.keyView("city").copies) assert.equal(copy.siblings.length, 2);
});

test("a quorum that cannot be met is refused in words", () => {
  const cluster = founded({ nodes: 3, seed: 1, quorum: "strict" });
  cluster.put("A", "city", "Seoul");
  cluster.kill("B");
  cluster.kill("C");
  cluster.run(3_000);
  assert.throws(() => cluster.put("A", "city", "Busan"), (error) => {
    assert.equal(error.code, "Unreachable");
    assert.equal(error.mayHaveHappened, false);
    assert.match(error.message, /1 of 2 needed nodes are up; nothing was stored/);
    return true;
  });
  cluster.restart("B");
  cluster.run(3_000);
  assert.deepEqual(cluster.get("A", "city").values, ["Seoul"]);
});

test("a paused node does not answer, and goes on later", () => {
  const cluster = founded({ seed: 5 });
  cluster.pause("A");
  assert.throws(() => cluster.put("A", "city", "Seoul"), { code: "NoAnswer", mayHaveHappened: true });
  cluster.resume("A");
  cluster.run(2_000);
  assert.equal(cluster.view().nodes[0].status, "up");
  cluster.put("A", "city", "Seoul");
});

test("r6.17 the same seed and calls give the same digest, and a link leads there", () => {
  const course = (seed) => {
    const cluster = founded({ seed, load: 20 });
    cluster.put("A", "city", "Seoul");
    cluster.wipe("B");
    cluster.run(1_234.5);
    cluster.step();
    cluster.healAll();
    return cluster;
  };
  const cluster = course(11n);
  assert.equal(cluster.seed, 11n);
  assert.match(cluster.digest, /^[0-9a-f]{16}$/);
  assert.equal(course(11).digest, cluster.digest);
  assert.notEqual(course(12).digest, cluster.digest);

  const link = cluster.link();
  for (const text of [link, `https://example.org/?lang=ko#world=${link}`]) {
    const replayed = Cluster.fromLink(text);
    assert.ok(replayed instanceof Cluster);
    assert.deepEqual(replayed.view(), cluster.view());
    assert.equal(replayed.put("C", "city", "Busan").dot.counter, Cluster.fromLink(link).put("C", "city", "Busan").dot.counter);
  }
});

test("r6.17 a world of faults loses nothing, and replays", () => {
  const report = simulate({ seed: 7, nodes: 5, seconds: 10 });
  assert.deepEqual(report.violations, []);
  assert.ok(report.lasted >= 10_000 && report.events > 1_000, JSON.stringify(report));
  assert.deepEqual(simulate({ seed: 7n, nodes: 5, seconds: 10 }), report);
  assert.equal(Cluster.fromLink(report.link).time, report.lasted);
});

test("what is wrong is thrown, with a code, and changes nothing", () => {
  const cluster = founded({ nodes: 3 });
  const before = [cluster.digest, cluster.link()];
  const refused = [
    ["UnknownNode", () => cluster.put("Z", "k", "v")],
    ["UnknownNode", () => cluster.kill("a")],
    ["UnknownNode", () => cluster.split(["A", "Z"])],
    ["KeyLength", () => cluster.put("A", "", "v")],
    ["KeyLength", () => cluster.get("A", "k".repeat(1_025))],
    ["KeyLength", () => cluster.keyView("")],
    ["ValueLength", () => cluster.put("A", "k", "v".repeat(2 ** 20 + 1))],
    ["InvalidLink", () => Cluster.fromLink("no link!")],
    ["InvalidLink", () => Cluster.fromLink("")],
    ["InvalidLink", () => Cluster.fromLink(cluster.link().slice(0, -3))],
    ["Copies", () => new Cluster({ nodes: 2, copies: 3 })],
    ["Quorum", () => new Cluster({ nodes: 3, write: 4 })],
    ["Quorum", () => new Cluster({ nodes: 3, copies: 2, read: 3 })],
  ];
  const badArguments = [
    () => cluster.put(1, "k", "v"),
    () => cluster.put("A", "k", 42),
    () => cluster.put("A", "k"),
    () => cluster.put("A", "k", "v", { sight: "psychic" }),
    () => cluster.put("A", "k", "v", { sihgt: "blind" }),
    () => cluster.get("A"),
    () => cluster.get(),
    () => cluster.delete("A", Symbol("k")),
    () => cluster.split("A"),
    () => cluster.split(["A", 2]),
    () => cluster.run(-1),
    () => cluster.run(NaN),
    () => cluster.run(Infinity),
    () => cluster.run("100"),
    () => cluster.run(),
    () => cluster.log(-1),
    () => Cluster.fromLink(null),
    () => new Cluster(7),
    () => new Cluster(null),
    () => new Cluster([]),
    () => new Cluster({ nodes: 0 }),
    () => new Cluster({ nodes: 65 }),
    () => new Cluster({ nodes: 2.5 }),
    () => new Cluster({ seed: -1 }),
    () => new Cluster({ seed: 2n ** 64n }),
    () => new Cluster({ seed: -1n }),
    () => new Cluster({ quorum: "lax" }),
    () => new Cluster({ faults: 1 }),
    () => new Cluster({ load: 1e9 }),
    () => new Cluster({ nodse: 3 }),
    () => new Cluster({ get nodes() { throw new Error("mine"); } }),
    () => simulate({ seconds: 0 }),
    () => simulate({ seconds: 1e9 }),
  ];
  for (const call of badArguments) refused.push(["InvalidArgument", call]);
  for (const [code, call] of refused) {
    assert.throws(call, (error) => {
      assert.equal(error.code, code, `${call}: ${error}`);
      assert.ok(error instanceof Error && error.message.length > 20, error.message);
      return true;
    });
  }
  assert.deepEqual([cluster.digest, cluster.link()], before);
  assert.equal(new Cluster({ seed: 2n ** 64n - 1n }).seed, 2n ** 64n - 1n);
});

test("random abuse never traps", () => {
  let state = 1;
  const draw = (n) => (state = (state * 48_271) % 2_147_483_647) % n;
  const values = [undefined, null, 0, -1, 1.5, NaN, 1e300, 3n, "", "A", "B", "city", [], ["A"], {}, true, () => 0, Symbol("s"), new Uint8Array(3)];
  const names = ["put", "get", "delete", "kill", "restart", "wipe", "pause", "resume", "split", "heal", "healAll", "keyView", "log", "run", "step", "view", "link"];
  const cluster = founded({ nodes: 3, load: 5 });
  for (let i = 0; i < 3_000; i += 1) {
    const name = names[draw(names.length)];
    const given = Array.from({ length: draw(5) }, () => values[draw(values.length)]);
    if (name === "run" && typeof given[0] === "number") given[0] = Math.min(given[0], 1_000);
    try {
      cluster[name](...given);
    } catch (error) {
      assert.ok(typeof error.code === "string", `${name}: ${error.stack}`);
    }
  }
  assert.deepEqual(cluster.view().violations, []);
});
