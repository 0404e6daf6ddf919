// The package for browsers and bundlers: checks that `init` came first, and hands on to the bindings.

import load, {
  Autocomplete as Completions,
  Backoff as Waits,
  Base62 as Digits,
  BloomFilter as Bloom,
  ChatDevice as Handset,
  Cluster as World,
  FeedCosts as Costs,
  Frontier as Border,
  HashRing as Ring,
  mergeFeeds as merge,
  RateLimiter as Limiter,
  simulate as run,
  Snowflake as Flake,
  Template as Words,
} from "./ennead_web.js";

let isReady = false;
let loading;

/** Thrown when a class or function is used before `await init()`. */
export class NotInitialized extends Error {
  constructor(what) {
    super(`${what} was used before the WebAssembly was loaded: call \`await init()\` once, first`);
    this.name = "NotInitialized";
    this.code = "NotInitialized";
    this.mayHaveHappened = false;
  }
}

/** Loads the WebAssembly, once. */
export default function init(source) {
  loading ??= load(source === undefined ? undefined : { module_or_path: source }).then(
    () => {
      isReady = true;
    },
    (error) => {
      loading = undefined; // the next call may try again
      throw error;
    },
  );
  return loading;
}

function mustBeReady(what) {
  if (!isReady) throw new NotInitialized(what);
}

/** A class of the bindings that says so when it is used too early. */
function checked(name, Bound) {
  return {
    [name]: class extends Bound {
      constructor(...options) {
        mustBeReady(name);
        super(...options);
      }
    },
  }[name];
}

export const Autocomplete = /* @__PURE__ */ checked("Autocomplete", Completions);
export const BloomFilter = /* @__PURE__ */ checked("BloomFilter", Bloom);
export const ChatDevice = /* @__PURE__ */ checked("ChatDevice", Handset);
export const FeedCosts = /* @__PURE__ */ checked("FeedCosts", Costs);
export const Frontier = /* @__PURE__ */ checked("Frontier", Border);
export const Template = /* @__PURE__ */ checked("Template", Words);

export class HashRing extends Ring {
  constructor(options) {
    mustBeReady("HashRing");
    super(options);
  }

  clone() {
    return Object.setPrototypeOf(super.clone(), HashRing.prototype);
  }

  movement(after, keys) {
    if (!(after instanceof HashRing)) {
      throw Object.assign(new TypeError("after: expected a HashRing"), { code: "InvalidArgument", mayHaveHappened: false });
    }
    return super.movement(after, keys);
  }
}

export class Snowflake extends Flake {
  constructor(options) {
    mustBeReady("Snowflake");
    super(options);
  }

  static decode(id, options) {
    mustBeReady("Snowflake.decode");
    return Flake.decode(id, options);
  }
}

export class Base62 {
  static encode(number, width) {
    mustBeReady("Base62.encode");
    return Digits.encode(number, width);
  }

  static decode(text) {
    mustBeReady("Base62.decode");
    return Digits.decode(text);
  }
}

export class RateLimiter extends Limiter {
  constructor(options) {
    mustBeReady("RateLimiter");
    super(options);
  }

  check(key, now = performance.now()) {
    return super.check(key, now);
  }
}

export class Backoff extends Waits {
  constructor(options) {
    mustBeReady("Backoff");
    super(options);
  }

  wait(failures, random = Math.random()) {
    return super.wait(failures, random);
  }
}

export function mergeFeeds(lists, limit, before) {
  mustBeReady("mergeFeeds");
  return merge(lists, limit, before);
}

export class Cluster extends World {
  constructor(options) {
    mustBeReady("Cluster");
    super(options);
  }

  static fromLink(link) {
    mustBeReady("Cluster.fromLink");
    return Object.setPrototypeOf(World.fromLink(link), Cluster.prototype);
  }
}

export function simulate(options) {
  mustBeReady("simulate");
  return run(options);
}
