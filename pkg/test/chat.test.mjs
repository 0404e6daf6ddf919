import assert from "node:assert/strict";
import { before, test } from "node:test";

import init, { ChatDevice } from "ennead";

before(() => init());

const message = (number, author = "12", id = `b-${number}`) => ({ number, author, id, time: 1_767_225_600_000, text: `line ${number}` });
const messages = (...list) => ({ type: "messages", conversation: "p7-12", messages: list });

test("r12.5 a device takes each message once and in order, and says how far it is", () => {
  const device = new ChatDevice({ user: "7", backlog: 10 });
  assert.equal(device.hear(messages(message(5), message(6))), 2);
  assert.equal(device.hear(messages(message(6), message(7))), 1);
  assert.throws(() => device.hear(messages(message(9))), { code: "Gap", name: "EnneadError" });
  assert.deepEqual(device.hello("secret"), { type: "hello", token: "secret", known: { "p7-12": 7 }, backlog: 10 });
  assert.deepEqual(device.messages("p7-12").map(({ number }) => number), [5, 6, 7]);
  assert.deepEqual(device.messages("p7-12")[0], message(5));
  assert.deepEqual(device.messages("g1"), []);
});

test("r12.8 what is said is sent again until it is acknowledged or comes back", () => {
  const device = new ChatDevice({ user: "7" });
  const [first, second, third] = ["a", "b", "c"].map((text) => device.say("p7-12", text));
  assert.equal(new Set([first.id, second.id, third.id]).size, 3);
  assert.deepEqual(device.outbox(), [first, second, third]);
  device.hear({ type: "ack", conversation: "p7-12", id: first.id, number: 1, new: true });
  assert.equal(device.hear(messages(message(1, "7", first.id), message(2, "7", second.id))), 2);
  // It is not among the two: it can only come after them.
  assert.deepEqual(device.outbox(), [{ ...third, after: 2 }]);
  device.settle(third.id);
  assert.deepEqual(device.outbox(), []);
  assert.notEqual(new ChatDevice({ user: "7" }).say("p7-12", "a").id, first.id, "a new device gives new names");
});

test("r12.8 what was refused since too much was said meanwhile is looked for after what the device has", () => {
  const device = new ChatDevice({ user: "7" });
  const draft = device.say("p7-12", "a");
  const refused = (type) => device.hear({ type: "error", id: draft.id, problem: { type, status: 409 } });
  device.hear(messages(message(5_000), message(5_001)));
  assert.equal(refused("urn:ennead:problem:other"), 0);
  assert.deepEqual(device.outbox(), [draft]);
  assert.equal(refused("urn:ennead:problem:behind"), 0);
  assert.deepEqual(device.outbox(), [{ ...draft, after: 5_001 }]);
});

test("r12.6 it knows which friends are on-line", () => {
  const device = new ChatDevice({ user: "7" });
  device.hear({ type: "welcome", user: "7", node: "n1", online: ["12", "99"] });
  device.hear({ type: "presence", users: [{ user: "12", online: false }, { user: "3", online: true }] });
  assert.deepEqual(device.online(), ["3", "99"]);
  assert.equal(device.hear({ type: "something new", with: "fields" }), 0);
});

test("what is wrong is thrown", () => {
  const code = { code: "InvalidArgument", name: "EnneadError" };
  for (const options of [undefined, {}, { user: 7 }, { user: "ana" }, { user: "7", backlog: 1_001 }, { user: "7", tag: 1 }]) {
    assert.throws(() => new ChatDevice(options), code);
  }
  const device = new ChatDevice({ user: "7" });
  for (const [conversation, text] of [["p12-7", "a"], ["7-12", "a"], ["p7-12", ""], ["p7-12", 5], ["p7-12", "x".repeat(100_001)]]) {
    assert.throws(() => device.say(conversation, text), code);
  }
  for (const frame of [undefined, 7, {}, { type: "messages" }, { type: "presence", users: [{ user: "x", online: true }] }]) {
    assert.throws(() => device.hear(frame), code);
  }
});
