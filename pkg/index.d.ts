/**
 * Loads the WebAssembly, once; later calls give the same promise.
 *
 * @param source Where from: an address, a response, bytes or a compiled module. Without it, the file
 *   beside the package: read from disk in Node.js, fetched elsewhere.
 */
export default function init(
  source?: string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response | BufferSource>,
): Promise<void>;

/** What every error of this package carries. */
export interface EnneadError extends Error {
  /** What is wrong, for programs; `message` says it for people. */
  readonly code: ErrorCode;
  /** Whether a write that failed may yet have been stored. */
  readonly mayHaveHappened: boolean;
}

/** What can be wrong. */
export type ErrorCode =
  /** `init` was not called or has not finished. */
  | "NotInitialized"
  /** An argument of the wrong type or out of range. */
  | "InvalidArgument"
  /** Text that is no link, or one that this version cannot replay. */
  | "InvalidLink"
  /** More than 256 members. */
  | "MemberCount"
  /** A member of this name is there. */
  | "MemberExists"
  /** A name that is empty or longer than 64 bytes. */
  | "MemberName"
  /** A weight out of range. */
  | "MemberWeight"
  /** No id yet: all of this millisecond are given, or the clock went back and is waited for. */
  | "Wait"
  /** The clock went back, and that is to be refused. */
  | "ClockBack"
  /** A moment before the epoch. */
  | "BeforeEpoch"
  /** No ids are left: 69 years since the epoch have passed. */
  | "Exhausted"
  /** A filter of more than 2^31 bits, or more than there is memory for. */
  | "BloomSize"
  | "FrontierFull"
  | "InvalidUrl"
  /** A query or phrase that is empty or too long. */
  | "Query"
  /** No room for a query that was never counted before. */
  | "QueriesFull"
  /** The cluster has no such node. */
  | "UnknownNode"
  /** The node that was asked does not run. */
  | "NodeDown"
  /** The node that was asked said nothing. */
  | "NoAnswer"
  /** A key that is empty or longer than 1,024 bytes. */
  | "KeyLength"
  /** A value longer than 1,048,576 bytes. */
  | "ValueLength"
  /** A context that this cluster did not give. */
  | "Context"
  /** Too many siblings: read, then write what settles them. */
  | "Siblings"
  /** More copies than nodes. */
  | "Copies"
  /** A quorum larger than the copies. */
  | "Quorum"
  /** Too few nodes are up; nothing was stored. */
  | "Unreachable"
  /** Too few answers in time. */
  | "Timeout"
  /** Too many requests at once. */
  | "Overloaded"
  | "StoodStill"
  /** Nodes that hold different layouts. */
  | "Layout"
  /** A range that cannot be read. */
  | "Range";

/** Thrown when a class or function is used before `await init()`. */
export class NotInitialized extends Error implements EnneadError {
  readonly code: "NotInitialized";
  readonly mayHaveHappened: false;
}

/** A member of a ring. */
export interface Member {
  readonly name: string;
  /** Its capacity relative to the others: its points on the ring are in proportion. */
  readonly weight: number;
  /** What it may fail together with; empty if unknown. */
  readonly zone: string;
}

/** One point of a member on a ring. */
export interface Point {
  /** Where: the 160 bits of a SHA-1, as 40 hexadecimal digits. */
  readonly place: string;
  /** Whose. */
  readonly member: string;
}

/** How evenly a ring is spread over its members, each in proportion to its weight. */
export interface Spread {
  /** The greatest load over its fair share; 1 is even. */
  readonly peak: number;
  /** The standard deviation of the loads over their fair shares: about `1 / Math.sqrt(points)`. */
  readonly deviation: number;
  readonly members: {
    readonly name: string;
    /** Its part of the ring, from 0 to 1. */
    readonly share: number;
    /** That part over its fair share; 1 is just its share. */
    readonly relative: number;
  }[];
}

/** How many keys a change of members moves. A moved key is a cache miss at its new member. */
export interface MovementCost {
  readonly moved: number;
  /** How many had to move for each member to have what it has after. */
  readonly least: number;
  /** `moved / least`; 1 is the ideal. `undefined` if nothing had to move. */
  readonly ratio?: number;
}

/** What a change of members moves on the ring, and what it would by modulo placement. */
export interface Movement extends MovementCost {
  /** Keys that were looked at. */
  readonly keys: number;
  /** How many keys went from which member to which. */
  readonly flows: { readonly from: string; readonly to: string; readonly keys: number }[];
  /** The same for `hash(key) % members`. */
  readonly modulo: MovementCost;
}

/** Consistent hashing: when a member comes or goes, only its share of the keys moves. */
export class HashRing {
  /**
   * A ring without members.
   *
   * @param options `points` of a member for each unit of its weight, 1 to 4,096 (256 by default).
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(options?: { points?: number });
  /**
   * Puts a member on the ring.
   *
   * @param name 1 to 64 bytes; its points come from it.
   * @param options `weight` from 1 to 64 (1 by default), `zone` (none by default).
   * @throws {EnneadError} `MemberExists`, `MemberName`, `MemberWeight`, `MemberCount`, `InvalidArgument`.
   */
  add(name: string, options?: { weight?: number; zone?: string }): void;
  /** Takes a member off the ring; whether it was there. */
  remove(name: string): boolean;
  /** The member that a key belongs to: the first one clockwise. `undefined` on an empty ring. */
  owner(key: string | Uint8Array): string | undefined;
  /**
   * The first `count` distinct members clockwise from a key, spread over as many zones as there
   * are: fewer if there are fewer members.
   */
  owners(key: string | Uint8Array, count: number): string[];
  /** Where a key stands: the 160 bits of its SHA-1, as 40 hexadecimal digits. */
  place(key: string | Uint8Array): string;
  /** The member that modulo placement gives a key to: `hash(key) % members`. */
  modulo(key: string | Uint8Array): string | undefined;
  /** How evenly the ring is spread: exactly, by the lengths of its arcs. */
  spread(): Spread;
  /** Which of these keys move when this ring becomes `after`. */
  movement(after: HashRing, keys: (string | Uint8Array)[]): Movement;
  /** Another ring of the same members. */
  clone(): HashRing;
  /** The members in the order in which they came. */
  readonly members: Member[];
  /** All points in ring order. */
  points(): Point[];
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** What a Snowflake id says. */
export interface SnowflakeParts {
  /** When it was given, in milliseconds since 1970: for `new Date(time)`. */
  readonly time: number;
  /** 0 to 31. */
  readonly dataCentre: number;
  /** 0 to 31. */
  readonly machine: number;
  /** Which one of its millisecond, 0 to 4,095. */
  readonly sequence: number;
}

/**
 * Ids of 63 bits in the order of time: 41 bits of milliseconds, 5 of the data centre, 5 of the
 * machine, 12 of a sequence. Send them as text: a JavaScript number would lose digits.
 */
export class Snowflake {
  /**
   * @param options `dataCentre` and `machine` from 0 to 31, by default 0: no two generators may share
   *   both. `epoch` in milliseconds since 1970, by default 1288834974657. `clock` says what happens
   *   if the clock goes back: `"wait"`, the default, throws `Wait` until it has caught up; `"borrow"`
   *   goes on from the last id; `"refuse"` throws `ClockBack`.
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(options?: {
    dataCentre?: number;
    machine?: number;
    epoch?: number;
    clock?: "wait" | "borrow" | "refuse";
  });
  /**
   * The next id, greater than all before it.
   *
   * @param now In milliseconds since 1970. Without it, the clock is looked at, for up to 10 ms if all
   *   4,096 ids of a millisecond are given.
   * @throws {EnneadError} `Wait`, `ClockBack`, `BeforeEpoch`, `Exhausted`, `InvalidArgument`.
   */
  next(now?: number): bigint;
  /**
   * Takes an id apart.
   *
   * @throws {EnneadError} `InvalidArgument`, also for numbers, which hold 53 bits only.
   */
  static decode(id: bigint | string, options?: { epoch?: number }): SnowflakeParts;
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** A set in few bits, which answers "surely not" or "probably". */
export class BloomFilter {
  /**
   * @param items How many different items it is made for, from 1 on.
   * @param rate The share of other items that it may take for known, by default 0.01.
   * @param seed Filters of other seeds err about other items; 0 by default.
   * @throws {EnneadError} `InvalidArgument`, `BloomSize`.
   */
  constructor(items: number, rate?: number, seed?: number | bigint);
  /** Puts an item in; whether it surely was not in before. */
  add(item: string | Uint8Array): boolean;
  /** Whether an item probably was put in; `false` is certain. */
  has(item: string | Uint8Array): boolean;
  /** How many items were new when they were put in. */
  readonly size: number;
  /** Its size in bits. */
  readonly bits: number;
  /** How many bits an item sets. */
  readonly hashes: number;
  /** The share of other items that it now takes for known, told from its bits. */
  readonly errorRate: number;
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/**
 * How often somebody may do something: for each key a bucket of tokens, kept exactly, without rounding and
 * without timers.
 */
export class RateLimiter {
  /**
   * @param options `times` (1) in each `per` milliseconds (1,000) in the long run, up to `burst` (as many as
   *   `times`) at once. `keys` (100,000) are remembered; should more than that be short of tokens, the one
   *   that is shortest of them least is forgotten, and begins again with a full bucket.
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(options?: { times?: number; per?: number; burst?: number; keys?: number });
  /**
   * Takes a token of a key: 0 if there was one, else the milliseconds until there is. Who is refused loses
   * nothing by it.
   *
   * @param key At most 1,024 bytes.
   * @param now Milliseconds of a clock that never goes back, by default `performance.now()`.
   * @throws {EnneadError} `InvalidArgument`.
   */
  check(key: string | Uint8Array, now?: number): number;
  /** How many keys are remembered: those whose buckets are not full, and some that nobody looked at since. */
  readonly size: number;
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/**
 * A page of a feed: the latest of several lists of numbers together, each once. Lists are each in order, the
 * greatest first, as Snowflakes of posts are by time. The last number of a page is where the next one begins.
 *
 * @param limit Numbers of the page, 1 to 100,000.
 * @param before Only what is less than this.
 * @throws {EnneadError} `InvalidArgument`.
 */
export function mergeFeeds(lists: (number | bigint)[][], limit: number, before?: number | bigint): bigint[];

/** Rows written and ranges read. */
export interface FeedCost {
  readonly writes: number;
  readonly reads: number;
}

/**
 * What a news feed costs by fan-out on write (push), on read (pull), and by both: push for most, pull for
 * authors with more friends than a threshold.
 */
export class FeedCosts {
  /**
   * @param threshold Who has more friends than that (500) is pulled.
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(threshold?: number);
  /**
   * Somebody with so many friends has posted.
   *
   * @throws {EnneadError} `InvalidArgument`.
   */
  publish(friends: number): void;
  /**
   * Somebody with so many friends, so many of them above the threshold, has read a page.
   *
   * @throws {EnneadError} `InvalidArgument`.
   */
  read(friends: number, famous: number): void;
  /** What was written and read so far, had each way been the only one. */
  totals(): { readonly push: FeedCost; readonly pull: FeedCost; readonly hybrid: FeedCost };
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** How long to wait before something is tried again: exponential backoff with full jitter. */
export class Backoff {
  /**
   * @param options The wait after the first failure is at most `first` milliseconds (1,000), and twice as much after
   *   each further one, up to `most` (900,000).
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(options?: { first?: number; most?: number });
  /**
   * The longest wait after so many failures, in milliseconds.
   *
   * @param failures From 1 to 65,535.
   * @throws {EnneadError} `InvalidArgument`.
   */
  ceiling(failures: number): number;
  /**
   * The wait after so many failures, in milliseconds: drawn evenly below the ceiling.
   *
   * @param random From 0 to below 1, by default `Math.random()`.
   * @throws {EnneadError} `InvalidArgument`.
   */
  wait(failures: number, random?: number): number;
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** Words with places: `{name}` is filled in, `{{` and `}}` are braces. It escapes nothing. */
export class Template {
  /**
   * @param title One line of at most 200 characters.
   * @param body At most 4,000 characters.
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(title: string, body?: string);
  /** The names of its places, in order. */
  readonly places: string[];
  /**
   * The words. More fields than places do no harm.
   *
   * @throws {EnneadError} `InvalidArgument`, if a place has no field.
   */
  render(fields?: Record<string, string>): { title: string; body: string };
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** A message of a conversation. */
export interface ChatMessage {
  /** Its place in the conversation: 1, 2, 3 and so on. */
  readonly number: number;
  /** Who said it: a user's number, as a string. */
  readonly author: string;
  /** The name that the author's device gave it. */
  readonly id: string;
  /** When, in milliseconds since 1970, by the clock of the node that took it. */
  readonly time: number;
  /** What; null if the reader is not to see the author's words. */
  readonly text: string | null;
}

/** What a device says when it connects. */
export interface ChatHello {
  readonly type: "hello";
  readonly token: string | null;
  /** The last number that it has of each conversation. */
  readonly known: Readonly<Record<string, number>>;
  readonly backlog: number;
}

/** What a device says to have something said. */
export interface ChatSend {
  readonly type: "send";
  readonly conversation: string;
  readonly id: string;
  readonly text: string;
  readonly after: number | null;
}

/**
 * The side of a device in a chat: what it has, and what it still has to send. It may lose its connection at any
 * moment and connect to any other node: nothing is missed, and nothing is there twice.
 */
export class ChatDevice {
  /**
   * A device that has nothing yet.
   *
   * @param options `user`: whose it is, as a string of digits. `backlog` (50, at most 1,000): how many of the last
   *   messages it wants of conversations that it does not know.
   * @throws {EnneadError} `InvalidArgument`.
   */
  constructor(options: { user: string; backlog?: number });
  /**
   * What it says when it connects.
   *
   * @param token The bearer token, unless the request carries it.
   */
  hello(token?: string): ChatHello;
  /**
   * Its user says something: the frame to send, which is also kept in the outbox.
   *
   * @param conversation As `p7-12`, the smaller number first, or `g99`.
   * @param text 1 to 100,000 characters.
   * @throws {EnneadError} `InvalidArgument`.
   */
  say(conversation: string, text: string): ChatSend;
  /** Frames to send, the first first: again after each broken connection, until they are acknowledged. */
  outbox(): ChatSend[];
  /** A message need not be sent again: it was refused for good. */
  settle(id: string): void;
  /**
   * Takes in a frame of the socket; how many messages are new by it. A message that is refused as `behind` stays in
   * the outbox: send it again once others have been heard.
   *
   * @throws {EnneadError} `InvalidArgument`; `Gap` if a message does not follow on the one before: connect again.
   */
  hear(frame: object): number;
  /** The messages that it has of a conversation, in order, at most 10,000. */
  messages(conversation: string): ChatMessage[];
  /** The conversations that it knows, and the last number that it has of each. */
  known(): Record<string, number>;
  /** Friends who are on-line, as far as it was told. */
  online(): string[];
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** A query and how often it was counted. */
export interface Suggestion {
  /** In lower case, with single spaces. */
  readonly query: string;
  readonly count: number;
}

/**
 * Counts queries and completes what was typed: the most frequent first, equal ones in order, exactly. Case
 * and accents do not matter for what was typed, and Korean is completed at every key that is pressed.
 */
export class Autocomplete {
  /** Without queries. */
  constructor();
  /**
   * Counts a query `times` times (once by default), from now on.
   *
   * @param query Up to 200 bytes.
   * @throws {EnneadError} `Query`, `QueriesFull`, `InvalidArgument`.
   */
  record(query: string, times?: number): void;
  /**
   * The best queries that begin with what was typed.
   *
   * @param limit 1 to 10; 5 by default.
   * @throws {EnneadError} `Query`, `InvalidArgument`.
   */
  suggest(typed: string, limit?: number): Suggestion[];
  /** How often a query was counted. */
  count(query: string): number;
  /**
   * Never suggests queries that hold a word, or a phrase of up to four; they stay counted. Whether that is new.
   *
   * @throws {EnneadError} `Query`, `InvalidArgument`.
   */
  block(phrase: string): boolean;
  /** Suggests them again; whether they were blocked. */
  unblock(phrase: string): boolean;
  /** Distinct queries. */
  readonly size: number;
  /** Gives the memory back. */
  free(): void;
}

/** Numbers as short text of 0 to 9, a to z (10 to 35) and A to Z (36 to 61). */
export class Base62 {
  /**
   * A number as text, with zeros before it up to `width` digits.
   *
   * @throws {EnneadError} `InvalidArgument`, also if it needs more digits than `width`.
   */
  static encode(number: number | bigint, width?: number): string;
  /**
   * The number of a text of 1 to 11 digits.
   *
   * @throws {EnneadError} `InvalidArgument`.
   */
  static decode(text: string): bigint;
}

/** How a frontier orders addresses and spares hosts; times in milliseconds. */
export interface FrontierOptions {
  /**
   * "polite" (the default): near pages first, one request a host at once, and a rest after it. "breadth" and "depth":
   * the oldest or the newest address first, without pauses.
   */
  order?: "polite" | "breadth" | "depth";
  /** The least rest of a host; 1000 by default. */
  delay?: number;
  /** How many times the length of its last answer a host rests; 10 by default. */
  factor?: number;
  /** The longest rest; 60000 by default. */
  longestDelay?: number;
}

/** What a frontier says comes next. */
export type FrontierNext =
  /** This, now; say `done` when the request has ended. */
  | { kind: "fetch"; url: string; host: string; depth: number }
  /** Nothing before this moment. */
  | { kind: "at"; at: number }
  /** Nothing before a request that is under way has ended. */
  | { kind: "wait" }
  /** Nothing at all. */
  | { kind: "empty" };

/** The queues of a frontier. */
export interface FrontierQueues {
  /** How many addresses wait by priority, the first one first. */
  fronts: number[];
  /** The hosts whose turn comes; `restsUntil` is missing while one is being asked. */
  backs: { host: string; waiting: number; restsUntil?: number }[];
}

/** Which address a crawler visits next, and when: front queues by priority, back queues by host (after Mercator). */
export class Frontier {
  /** @throws {EnneadError} `InvalidArgument`. */
  constructor(options?: FrontierOptions);
  /**
   * Takes an address that was met so many links from a seed (0 by default); false if its host was given up.
   *
   * @throws {EnneadError} `InvalidArgument`, `InvalidUrl`, `FrontierFull`.
   */
  push(url: string, depth?: number): boolean;
  /**
   * What comes next at a moment.
   *
   * @param now In milliseconds, on any clock that does not go back.
   * @throws {EnneadError} `InvalidArgument`.
   */
  next(now: number): FrontierNext;
  /**
   * A request to a host has ended. After six failures in a row the host is given up, with the addresses returned.
   *
   * @throws {EnneadError} `InvalidArgument`.
   */
  done(host: string, now: number, options?: { took?: number; crawlDelay?: number; failed?: boolean }): string[];
  /** How many addresses wait. */
  readonly size: number;
  /** The queues as they are now. */
  queues(): FrontierQueues;
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** What a cluster is made of. */
export interface ClusterOptions {
  /** Nodes, 1 to 64; 5 by default. They are named A, B, C and so on. */
  nodes?: number;
  /** The same seed gives the same cluster, event by event; 1 by default. */
  seed?: number | bigint;
  /** Zones that the nodes are dealt to in turn; 1 by default. */
  zones?: number;
  /** Copies of each key (N); the smaller of 3 and `nodes` by default. */
  copies?: number;
  /** Acknowledgements of a write (W); a majority of the copies by default. */
  write?: number;
  /** Answers to a read (R); a majority of the copies by default. */
  read?: number;
  /** Whether stand-ins may count: `"sloppy"`, the default, or not: `"strict"`. */
  quorum?: "strict" | "sloppy";
  /** Requests a second that the cluster's own clients make, up to 10,000; none by default. */
  load?: number;
  /** How many of 1,000 messages are lost; none by default. */
  loss?: number;
  /** Whether the seed also draws crashes, pauses, partitions, latencies and a load. */
  faults?: boolean;
}

/** The name of a write, given once. */
export interface Dot {
  /** The node that gave it. */
  readonly node: string;
  /** That node's own count of its writes. */
  readonly counter: number;
  /** Which start of the node, in hexadecimal. */
  readonly incarnation: string;
}

/** One of the versions of a key that nothing known supersedes. */
export interface Sibling {
  readonly dot: Dot;
  /** `undefined` if this is a tombstone: the key was deleted. */
  readonly value?: string;
}

/** A write that is durable on W nodes. */
export interface Written {
  readonly key: string;
  readonly dot: Dot;
  /** How long it took, in milliseconds of the cluster. */
  readonly took: number;
}

/** What R nodes know of a key together. */
export interface Got {
  readonly key: string;
  /** The value that clients which take only one are shown; `undefined` if there is none. */
  readonly value?: string;
  /** All values: more than one are siblings. */
  readonly values: string[];
  /** The same with dots, tombstones too. */
  readonly siblings: Sibling[];
  /** How long it took, in milliseconds of the cluster. */
  readonly took: number;
}

/** What the writer of a value says it has seen. */
export interface WriteOptions {
  /**
   * - `"lastRead"` (by default): what this object was last answered for the key;
   * - `"nothing"`: the write stands beside whatever is there, as a sibling;
   * - `"blind"`: it supersedes whatever W nodes hold, as Redis's `SET` does.
   */
  sight?: "lastRead" | "nothing" | "blind";
}

/** How a member looks from another node. */
export type Health = "up" | "suspected" | "down";

/** One node. */
export interface NodeView {
  readonly name: string;
  /** Empty if it has none. */
  readonly zone: string;
  readonly status: "up" | "paused" | "down";
  /** Since when, in milliseconds. */
  readonly since: number;
  /** Slices of the ring, of 1,024, of which it holds a replica. */
  readonly slices: number;
  /** Keys that it holds, deleted ones included. */
  readonly keys: number;
  /** For whom it keeps hints, and how many. */
  readonly hints: { readonly owner: string; readonly count: number }[];
  /** How the members look from it; empty while it is down. */
  readonly sees: { readonly node: string; readonly health: Health; readonly since: number }[];
  /** Which start this is, in hexadecimal. */
  readonly incarnation: string;
  /** Requests under way. */
  readonly requests: number;
  /** How often things happened since it started. */
  readonly counters: {
    readonly reads: number;
    readonly writes: number;
    readonly scans: number;
    readonly refused: number;
    readonly forwarded: number;
    readonly extended: number;
    readonly hintsKept: number;
    readonly hintsHandedOver: number;
    readonly hintsDropped: number;
    readonly readRepairs: number;
    readonly keysRepaired: number;
  };
}

/** A direction between two nodes. */
export interface Direction {
  readonly from: string;
  readonly to: string;
}

/** A cluster at one moment. */
export interface View {
  /** Its time in milliseconds. */
  readonly time: number;
  /** Events that have happened. */
  readonly events: number;
  /** Messages that were sent. */
  readonly messages: number;
  /** See {@link Cluster.digest}. */
  readonly digest: string;
  readonly quorums: {
    readonly n: number;
    readonly w: number;
    readonly r: number;
    readonly quorum: "strict" | "sloppy";
  };
  readonly nodes: NodeView[];
  /** Directions in which nothing gets through. */
  readonly cuts: Direction[];
  /** Directions that are slow or lossy. */
  readonly impaired: Direction[];
  /** What must not happen and did. */
  readonly violations: string[];
}

/** A key and where it is. */
export interface KeyView {
  readonly key: string;
  /** The first 64 bits of its place on the ring, in hexadecimal. */
  readonly place: string;
  /** Its owners in order of preference. */
  readonly owners: string[];
  /** Who holds a copy, nodes that are down included. */
  readonly copies: {
    readonly node: string;
    /** For whom it is kept, if it is a hint. */
    readonly hintFor?: string;
    readonly siblings: Sibling[];
  }[];
}

/** One thing that happened. */
export interface LogEntry {
  /** Its number, from 0. */
  readonly number: number;
  /** When, in milliseconds. */
  readonly time: number;
  /** At which node, if at one. */
  readonly node?: string;
  readonly kind:
    | "put" | "get" | "delete" | "input" | "got" | "written" | "failed" | "unanswered"
    | "ask" | "served" | "steady" | "touch" | "phone" | "fault" | "lost" | "violation"
    | "coordinating" | "reading" | "forwarding" | "stored" | "acknowledged" | "answered"
    | "refused" | "extended" | "hintKept" | "hintHandedOver" | "readRepaired" | "repaired"
    | "memberIs" | "ignored";
  /** The key that it is about, if it is about one. */
  readonly key?: string;
  /** The same in words. */
  readonly text: string;
}

/**
 * A simulated cluster of real nodes: the code that serves over TCP, on a virtual clock, network and
 * disks. Its time passes only in calls.
 */
export class Cluster {
  /**
   * @throws {EnneadError} `InvalidArgument`, `Copies`, `Quorum`.
   */
  constructor(options?: ClusterOptions);
  /**
   * The cluster that a link leads to, replayed to its moment: text of {@link Cluster.link}, or an
   * address of the page with it behind `#world=`.
   *
   * @throws {EnneadError} `InvalidLink`.
   */
  static fromLink(link: string): Cluster;
  /** Lets so many milliseconds pass, up to a day; how many events happened. */
  run(millis: number): number;
  /** Lets the next event happen; whether there was one. */
  step(): boolean;
  /**
   * Writes a key at a node and lets time pass until it is answered.
   *
   * @throws {EnneadError} `UnknownNode`, `NodeDown`, `NoAnswer`, or why the store refused.
   */
  put(node: string, key: string, value: string, options?: WriteOptions): Written;
  /** Reads a key at a node and lets time pass until it is answered. Throws as {@link Cluster.put}. */
  get(node: string, key: string): Got;
  /** Deletes a key at a node and lets time pass until it is answered. Throws as {@link Cluster.put}. */
  delete(node: string, key: string, options?: WriteOptions): Written;
  /** Ends a node at once; what it had not synced is lost. */
  kill(node: string): void;
  /** Starts a killed node on its disk. */
  restart(node: string): void;
  /** Empties a node's disk and starts it again. */
  wipe(node: string): void;
  /** Lets a node stand still; what arrives waits. */
  pause(node: string): void;
  /** Lets a paused node go on. */
  resume(node: string): void;
  /** Cuts the network between these nodes and the others. */
  split(nodes: string[]): void;
  /** Mends the network. */
  heal(): void;
  /** Mends everything, and stops the cluster's own faults and clients. */
  healAll(): void;
  /** Everything there is to see. */
  view(): View;
  /** Where a key is. */
  keyView(key: string): KeyView;
  /** What happened, from the entry numbered `since` (0 by default) on; the last 100,000 entries are kept. */
  log(since?: number): LogEntry[];
  /** The names of the nodes. */
  readonly nodes: string[];
  /** Its time in milliseconds. */
  readonly time: number;
  readonly seed: bigint;
  /**
   * 64 bits over all that has happened and all that nodes hold, in hexadecimal: the same on every
   * machine for the same seed, options and calls.
   */
  readonly digest: string;
  /** Text that replays this cluster up to now, here or in the playground (`#world=` and this text). */
  link(): string;
  /** Gives the memory back at once, instead of when it is collected. */
  free(): void;
}

/** What came of a simulated world. */
export interface Report {
  /** The seed, in decimal. */
  readonly seed: string;
  /** What the seed drew, a line each. */
  readonly options: string;
  /** The same as `ennead sim` prints for this seed, number of nodes and time. */
  readonly digest: string;
  /** Events that happened. */
  readonly events: number;
  /** Messages that were sent. */
  readonly messages: number;
  /** How long it lasted on its own clock, in milliseconds. */
  readonly lasted: number;
  /** What must not happen and did; empty if all is well. */
  readonly violations: string[];
  /** Replays it up to the first violation, or to its end: for {@link Cluster.fromLink}. */
  readonly link: string;
}

/**
 * Runs the world of a seed with crashes, pauses, partitions and losses for a while, heals it, and
 * judges whether anything was lost, as `ennead sim` does.
 *
 * @param options `seed` (1), `nodes` from 1 to 64 (3 to 9, as the seed draws), `seconds` of its own time (60).
 * @throws {EnneadError} `InvalidArgument`.
 */
export function simulate(options?: { seed?: number | bigint; nodes?: number; seconds?: number }): Report;
