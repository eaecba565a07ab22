/**
 * Who gets which variant in Bowerbird's experiments, as the server computes it; no dependency, no waiting.
 *
 *     import { bucket, variant } from "./bucket.mjs";
 *     bucket("ranker", "customer-42")                    // a BigInt from 0n to 2n ** 64n - 1n
 *     variant(phase, "customer-42", { region: "NZ" })    // a name, or null for who is not in the experiment
 *
 * `phase` is that of an experiment as GET /v1/experiments/NAME says it. What a person had in an earlier phase is known
 * to the server alone: for experiments with sticky variants, ask it. docs/reference/buckets.json has the vectors that
 * this passes.
 */

const SEPARATOR = "\u001f";
const K = new Uint32Array(64);
const START = new Uint32Array(8);

// The constants of SHA-256: the first bits of the cube and square roots of the first primes (FIPS 180-4).
function root(prime, power) {
  // The fraction of the root in 32 bits, exact: an integer root of prime * 2^(32 * power) by bisection.
  const target = BigInt(prime) << BigInt(32 * power);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(power) <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

for (let number = 2, found = 0; found < 64; number++) {
  let isPrime = true;
  for (let other = 2; other * other <= number; other++) if (number % other === 0) isPrime = false;
  if (!isPrime) continue;
  if (found < 8) START[found] = root(number, 2);
  K[found++] = root(number, 3);
}

const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** The first 8 bytes of SHA-256 of these bytes, as a BigInt. */
function firstOfSha256(bytes) {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const state = START.slice();
  const words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const near = words[i - 2];
      const far = words[i - 15];
      const small0 = turned(far, 7) ^ turned(far, 18) ^ (far >>> 3);
      const small1 = turned(near, 17) ^ turned(near, 19) ^ (near >>> 10);
      words[i] = words[i - 16] + small0 + words[i - 7] + small1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const large1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const first = (h + large1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const large0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => {
      state[i] += word;
    });
  }
  return (BigInt(state[0]) << 32n) | BigInt(state[1]);
}

/** Throws for half a surrogate pair, which TextEncoder would turn into another character without a word. */
function ensureWhole(text, name) {
  if (typeof text !== "string") throw new TypeError(`the ${name} is no text but ${typeof text}`);
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code >= 0xd800 && code <= 0xdfff) {
      throw new RangeError(`the ${name} has half of a surrogate pair in it (U+${code.toString(16).toUpperCase()})`);
    }
  }
}

/** Which bucket the unit is in under that salt: a BigInt from 0n to 2n ** 64n - 1n. */
export function bucket(salt, unit) {
  ensureWhole(salt, "salt");
  ensureWhole(unit, "unit");
  if (salt.includes(SEPARATOR)) throw new RangeError("the salt has the character U+001F in it");
  return firstOfSha256(new TextEncoder().encode(salt + SEPARATOR + unit));
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Whether a condition holds; what is not known fulfils none but `missing`. */
function holds({ attribute, test, values }, attributes) {
  const known = Object.hasOwn(attributes, attribute) ? (attributes[attribute] ?? null) : null;
  switch (test) {
    case "given": return known !== null;
    case "missing": return known === null;
    case "one_of": return known !== null && values.includes(known);
    case "none_of": return known !== null && !values.includes(known);
    case "at_least": return isNumber(known) && known >= values[0];
    case "at_most": return isNumber(known) && known <= values[0];
    default: throw new RangeError(`no condition ${test}; this client is older than its server`);
  }
}

/** The name of the variant that the unit gets in that phase, or null for who is not in the experiment. */
export function variant(phase, unit, attributes = {}) {
  if (BigInt(phase.held_below) > 0n && bucket(phase.holdout_salt, unit) < BigInt(phase.held_below)) return null;
  if (phase.segments !== null) {
    const segment = Number((bucket(phase.layer_salt, unit) * 10000n) >> 64n);
    if (!phase.segments.some(([first, end]) => first <= segment && segment < end)) return null;
  }
  if (!phase.conditions.every((condition) => holds(condition, attributes))) return null;
  if (bucket(phase.inclusion_salt, unit) >= BigInt(phase.included_below)) return null;
  const drawn = bucket(phase.variant_salt, unit);
  return phase.arms.find(({ end }) => drawn < BigInt(end)).name;
}
