/* Evaluates the compiled expressions of the service language in a browser, as
 * moothall.language.expressions.run does on the server: same forms, same values, nothing raises.
 * tests/language/vectors.json is run over both. docs/language.md lists the forms.
 *
 * Whole numbers, pence and millionths are Numbers within ±10^15; products and quotients of them are
 * reckoned as BigInt. A missing value is null. Dates are ISO texts within 1900 to 2199.
 */

const BIGGEST = 1e15;
const MILLION = 1000000;
const MOST_DAYS = 20000;
const DAY = 86400000;
const DAYS_OF_WEEK = [
  "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
];

// -- values -----------------------------------------------------------------------------------

const isMapping = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function clamp(value) {
  if (typeof value === "bigint") {
    return value < -1000000000000000n ? -BIGGEST : value > 1000000000000000n ? BIGGEST : Number(value);
  }
  const kept = value < -BIGGEST ? -BIGGEST : value > BIGGEST ? BIGGEST : value;
  return kept === 0 ? 0 : kept; // never -0
}

/** The floor of a / b for BigInt; b is above 0. */
function floorDivide(a, b) {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** top / bottom as a Number; bottom is not 0. how: half_up, up or down. */
function rounded(top, bottom, how) {
  let a = BigInt(top);
  let b = BigInt(bottom);
  if (b < 0n) {
    a = -a;
    b = -b;
  }
  if (how === "up") return clamp(-floorDivide(-a, b));
  if (how === "down") return clamp(floorDivide(a, b));
  return clamp(floorDivide(2n * a + b, 2n * b));
}

const pad = (number, width) => String(number).padStart(width, "0");

/** Days since 1970-01-01 of a date. */
const ordinal = (year, month, day) => Date.UTC(year, month - 1, day) / DAY;
const FIRST_DAY = ordinal(1900, 1, 1);
const LAST_DAY = ordinal(2199, 12, 31);

const clampDay = (day) => Math.min(Math.max(day, FIRST_DAY), LAST_DAY);

function dayText(day) {
  const found = new Date(day * DAY);
  return `${pad(found.getUTCFullYear(), 4)}-${pad(found.getUTCMonth() + 1, 2)}-${pad(found.getUTCDate(), 2)}`;
}

/** The day that an ISO text names, clamped to 1900 to 2199; null if it names none. */
function parseDay(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!found || text.length !== 10) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1) return null;
  if (day > lastOfMonth(year, month)) return null;
  if (year < 1900) return FIRST_DAY;
  if (year > 2199) return LAST_DAY;
  return ordinal(year, month, day);
}

function lastOfMonth(year, month) {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

const dayOf = (text) => parseDay(text) ?? FIRST_DAY;

/** Monday is 0. */
const weekdayOf = (day) => (((day + 3) % 7) + 7) % 7;

const asText = (value) => (typeof value === "string" && value !== "" ? value : null);
const asWhole = (value) =>
  typeof value === "number" && Number.isInteger(value) ? clamp(value) : null;
const asTime = (value) =>
  typeof value === "string" && /^([01]\d|2[0-3]):[0-5]\d$/.test(value) && value.length === 5
    ? value
    : null;
const asBool = (value) => (typeof value === "boolean" ? value : null);
const asMapping = (value) =>
  isMapping(value) && Object.keys(value).length > 0 ? value : null;

function asDate(value) {
  if (typeof value !== "string") return null;
  const day = parseDay(value);
  return day === null ? null : dayText(day);
}

function asTexts(value) {
  if (!Array.isArray(value)) return null;
  const found = value.filter((item) => typeof item === "string");
  return found.length ? found : null;
}

function asRows(value) {
  if (!Array.isArray(value)) return null;
  const found = value.filter(isMapping);
  return found.length ? found : null;
}

/** A number in millionths from a Number or decimal text; null if it is none. */
function asNumber(value) {
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  if (typeof value !== "number" && typeof value !== "string") return null;
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(String(value));
  if (!found || String(value).endsWith("\n") || (!found[2] && !found[3])) return null;
  const fraction = found[3] || "";
  const digits = `${found[2]}${fraction}`.replace(/^0+/, "");
  if (digits === "") return 0;
  const negative = found[1] === "-";
  const exponent = Number(found[4] || 0) - fraction.length; // value = digits × 10^exponent
  const adjusted = digits.length - 1 + exponent;
  if (adjusted > 15) return negative ? -BIGGEST : BIGGEST;
  if (adjusted <= -30) return 0;
  const signed = negative ? -BigInt(digits) : BigInt(digits);
  const power = exponent + 6;
  if (power >= 0) return clamp(signed * 10n ** BigInt(power));
  return rounded(signed, 10n ** BigInt(-power), "half_up");
}

const COERCE = {
  text: asText,
  whole: asWhole,
  money: asWhole,
  number: asNumber,
  date: asDate,
  time: asTime,
  bool: asBool,
  choice: asText,
  choices: asTexts,
  texts: asTexts,
  address: asMapping,
  location: asMapping,
  slot: asMapping,
  bank: asMapping,
  look_up: asMapping,
  files: asRows,
  rows: asRows,
};

/** What counts as true, as on the server: nothing, nought and what is empty do not. */
function truth(value) {
  if (Array.isArray(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

// -- working days -----------------------------------------------------------------------------

/** Working days: all days but the weekend and the holidays (ISO texts). */
export class Calendar {
  constructor(holidays = [], weekend = [5, 6]) {
    const off = new Set(weekend);
    this.inWeek = [0, 1, 2, 3, 4, 5, 6].map((day) =>
      off.size < 7 ? !off.has(day) : day !== 5 && day !== 6
    );
    this.holidays = new Set(
      holidays.map(parseDay).filter((day) => day !== null && this.inWeek[weekdayOf(day)])
    );
  }

  isWorkingDay(day) {
    return this.inWeek[weekdayOf(day)] && !this.holidays.has(day);
  }

  /** The day that is `count` working days after `day`; 0 gives `day` itself. */
  addWorkingDays(day, count) {
    const step = count > 0 ? 1 : -1;
    let left = Math.min(MOST_DAYS, Math.abs(count));
    let found = day;
    while (left > 0) {
      if (found <= FIRST_DAY || found >= LAST_DAY) return clampDay(found);
      found += step;
      if (this.isWorkingDay(found)) left -= 1;
    }
    return found;
  }

  /** Working days after `start` up to and with `end`; negative if `end` is the earlier one. */
  workingDays(start, end) {
    if (end < start) {
      const back = this.workingDays(end, start);
      return back === 0 ? 0 : -back;
    }
    const length = end - start;
    const weeks = Math.floor(length / 7);
    let total = weeks * this.inWeek.filter(Boolean).length;
    for (let step = 1; step <= length % 7; step += 1) {
      if (this.inWeek[weekdayOf(start + step)]) total += 1;
    }
    for (const holiday of this.holidays) {
      if (holiday > start && holiday <= end) total -= 1;
    }
    return total;
  }
}

// -- functions --------------------------------------------------------------------------------

function addDays(text, count) {
  const moved = dayOf(text) + Math.max(-400000, Math.min(400000, count));
  return dayText(clampDay(moved));
}

function addMonths(text, count) {
  const start = new Date(dayOf(text) * DAY);
  const months =
    start.getUTCFullYear() * 12 + start.getUTCMonth() + Math.max(-12000, Math.min(12000, count));
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  if (year < 1900) return dayText(FIRST_DAY);
  if (year > 2199) return dayText(LAST_DAY);
  return dayText(ordinal(year, month, Math.min(start.getUTCDate(), lastOfMonth(year, month))));
}

function years(start, end) {
  const [first, last] = [dayText(dayOf(start)), dayText(dayOf(end))];
  const whole = Number(last.slice(0, 4)) - Number(first.slice(0, 4));
  return whole - (last.slice(5) < first.slice(5) ? 1 : 0);
}

function moneyText(pence) {
  const sign = pence < 0 ? "-" : "";
  const pounds = Math.floor(Math.abs(pence) / 100);
  const rest = Math.abs(pence) % 100;
  const grouped = String(pounds).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}£${grouped}${rest ? `.${pad(rest, 2)}` : ""}`;
}

function band(value, edges, edge) {
  if (value < edges[0]) return `under ${edge(edges[0])}`;
  for (let index = 1; index < edges.length; index += 1) {
    if (value < edges[index]) return `${edge(edges[index - 1])} to ${edge(edges[index] - 1)}`;
  }
  return `${edge(edges[edges.length - 1])} and over`;
}

function pluralForm(count, lang) {
  if (lang === "cy") {
    return { 0: "zero", 1: "one", 2: "two", 3: "few", 6: "many" }[count] ?? "other";
  }
  return count === 1 ? "one" : "other";
}

function financialYear(day) {
  const year = Number(day.slice(0, 4)) - (day.slice(5) < "04-01" ? 1 : 0);
  return `${year}-${pad((year + 1) % 100, 2)}`;
}

const part = (name) => (env, value) => asText(value[name]);
const slotPart = (read) => (env, slot) =>
  typeof slot.starts === "string" ? read(slot.starts) : null;
const extreme = (better) => (env, ...values) =>
  values.reduce((kept, value) => (better(value, kept) ? value : kept));

const FUNCTIONS = {
  days: (env, start, end) => dayOf(end) - dayOf(start),
  working_days: (env, start, end) => env.calendar.workingDays(dayOf(start), dayOf(end)),
  years: (env, start, end) => years(start, end),
  add_days: (env, day, count) => addDays(day, count),
  add_working_days: (env, day, count) => dayText(env.calendar.addWorkingDays(dayOf(day), count)),
  add_months: (env, day, count) => addMonths(day, count),
  day: (env, day) => day,
  month: (env, day) => day.slice(0, 7),
  quarter: (env, day) => `${day.slice(0, 4)} Q${Math.floor((Number(day.slice(5, 7)) + 2) / 3)}`,
  year: (env, day) => Number(day.slice(0, 4)),
  financial_year: (env, day) => financialYear(day),
  weekday: (env, day) => DAYS_OF_WEEK[weekdayOf(dayOf(day))],
  ward: part("ward"),
  ward_name: part("ward_name"),
  postcode: part("postcode"),
  uprn: part("uprn"),
  date_of: slotPart((starts) => asDate(starts.slice(0, 10))),
  time_of: slotPart((starts) => asTime(starts.slice(11, 16))),
  starts_with: (env, text, start) => text.toLowerCase().startsWith(start.toLowerCase()),
  length: (env, text) => Array.from(text).length,
  min: extreme((value, kept) => value < kept),
  max: extreme((value, kept) => value > kept),
  round_half_up: (env, value) => rounded(value, MILLION, "half_up"),
  round_up: (env, value) => rounded(value, MILLION, "up"),
  round_down: (env, value) => rounded(value, MILLION, "down"),
  band: (env, value, ...edges) => band(value, edges, String),
  band_money: (env, value, ...edges) => band(value, edges, moneyText),
  plural: (env, count, forms) => forms[pluralForm(count, env.lang)] || forms.other || "",
};

// -- forms ------------------------------------------------------------------------------------

function noting(name, read) {
  return (env) => {
    const value = read(env);
    if (value === null && env.missing !== null) env.missing.push(name);
    return value;
  };
}

const own = (mapping, name) =>
  isMapping(mapping) && Object.hasOwn(mapping, name) ? mapping[name] : null;

function quiet(read) {
  return (env) => {
    const noted = env.missing;
    env.missing = null;
    const value = read(env);
    env.missing = noted;
    return value;
  };
}

function compare(how) {
  return ([, left, right]) => {
    const [a, b] = [build(left), build(right)];
    return (env) => {
      const first = a(env);
      if (first === null) return false;
      const second = b(env);
      return second !== null && how(first, second);
    };
  };
}

function arithmetic(how) {
  return ([, left, right]) => {
    const [a, b] = [build(left), build(right)];
    return (env) => {
      const [first, second] = [a(env), b(env)];
      return first === null || second === null ? null : clamp(how(first, second));
    };
  };
}

function overRows(start, step) {
  return ([, rows, each]) => {
    const [read, run] = [build(rows), build(each)];
    return (env) => {
      const outer = env.row;
      let total = start;
      for (const row of read(env) ?? []) {
        env.row = row;
        const [next, ended] = step(total, run(env));
        total = next;
        if (ended) break;
      }
      env.row = outer;
      return total;
    };
  };
}

const factDay = (name) => noting(name, (env) => asDate(env.facts[name] ?? null));
const factText = (name) => noting(name, (env) => env.facts[name] ?? null);
const FACTS = {
  today: (env) => env.facts.today,
  state: factText("state"),
  started: factDay("started"),
  ended: factDay("ended"),
  finish_by: factDay("finish_by"),
  fee: (env) => env.facts.fee || 0,
  reference: factText("reference"),
};

const equal = compare((a, b) => a === b);

const OPERATIONS = {
  const: ([, value]) => () => value,
  answer: ([, name, kind]) => noting(name, (env) => COERCE[kind](own(env.answers, name))),
  row: ([, name, kind]) => {
    const field = name.slice(name.lastIndexOf(".") + 1);
    return noting(name, (env) => COERCE[kind](own(env.row, field)));
  },
  value: ([, lookUp, name, kind]) =>
    noting(`${lookUp}.${name}`, (env) => COERCE[kind](own(own(env.lookUps, lookUp), name))),
  look_up: ([, name]) =>
    noting(name, (env) => {
      const found = own(env.lookUps, name);
      return isMapping(found) ? found : null;
    }),
  work: ([, name]) =>
    noting(name, (env) => {
      if (env.cache.has(name)) return env.cache.get(name);
      env.cache.set(name, null);
      const rule = env.workedOut[name];
      const row = env.row;
      env.row = {};
      const value = rule ? rule(env) : null;
      env.cache.set(name, value);
      env.row = row;
      return value;
    }),
  local: ([, name]) => (env) => own(env.local, name),
  fact: ([, name]) => FACTS[name],
  answered: ([, inner]) => {
    const read = quiet(build(inner));
    return (env) => read(env) !== null;
  },
  quiet: ([, inner]) => quiet(build(inner)),
  and: ([, ...forms]) => {
    const parts = forms.map(build);
    return (env) => parts.every((run) => truth(run(env)));
  },
  or: ([, ...forms]) => {
    const parts = forms.map(build);
    return (env) => parts.some((run) => truth(run(env)));
  },
  not: ([, inner]) => {
    const run = build(inner);
    return (env) => !truth(run(env));
  },
  if: ([, test, then, other]) => {
    const [asked, yes, no] = [build(test), build(then), build(other)];
    return (env) => (truth(asked(env)) ? yes(env) : no(env));
  },
  first: ([, rows]) => {
    const built = rows.map(([test, value]) => [build(test), build(value)]);
    return (env) => {
      const fits = built.find(([test]) => truth(test(env)));
      return fits ? fits[1](env) : null;
    };
  },
  is: ([, inner, option]) => {
    const read = build(inner);
    return (env) => read(env) === option;
  },
  in: ([, inner, among]) => {
    const read = build(inner);
    if (among[0] === "list") {
      const parts = among.slice(1).map(build);
      return (env) => {
        const value = read(env);
        return value !== null && parts.some((run) => value === run(env));
      };
    }
    const list = build(among);
    return (env) => {
      const [value, found] = [read(env), list(env)];
      return value !== null && found !== null && found.includes(value);
    };
  },
  has: ([, inner, option]) => {
    const read = build(inner);
    return (env) => (read(env) ?? []).includes(option);
  },
  list: ([, ...forms]) => {
    const parts = forms.map(build);
    return (env) => parts.map((run) => run(env));
  },
  "==": equal,
  "!=": (form) => {
    const same = equal(form);
    return (env) => !same(env);
  },
  "<": compare((a, b) => a < b),
  "<=": compare((a, b) => a <= b),
  ">": compare((a, b) => a > b),
  ">=": compare((a, b) => a >= b),
  "+": arithmetic((a, b) => a + b),
  "-": arithmetic((a, b) => a - b),
  "*": arithmetic((a, b) => BigInt(a) * BigInt(b)),
  scale: ([, left, right, how]) => {
    const [a, b] = [build(left), build(right)];
    return (env) => {
      const [first, second] = [a(env), b(env)];
      if (first === null || second === null) return null;
      return rounded(BigInt(first) * BigInt(second), MILLION, how);
    };
  },
  divide: ([, left, right, zero, how]) => {
    const [a, b, none] = [build(left), build(right), build(zero)];
    return (env) => {
      const [first, second] = [a(env), b(env)];
      if (first === null || second === null) return null;
      return second === 0 ? none(env) : rounded(BigInt(first) * BigInt(MILLION), second, how);
    };
  },
  neg: ([, inner]) => {
    const run = build(inner);
    return (env) => {
      const value = run(env);
      return value === null ? null : clamp(-value);
    };
  },
  to_number: ([, inner]) => {
    const run = build(inner);
    return (env) => {
      const value = run(env);
      return value === null ? null : clamp(BigInt(value) * BigInt(MILLION));
    };
  },
  pounds: ([, inner]) => {
    const run = build(inner);
    return (env) => {
      const value = run(env);
      return value === null ? null : rounded(BigInt(value) * 100n, MILLION, "half_up");
    };
  },
  sum: overRows(0, (total, item) => [clamp(total + (item || 0)), false]),
  any: overRows(false, (total, item) => [truth(item), truth(item)]),
  all: overRows(true, (total, item) => [truth(item), !truth(item)]),
  count: ([, inner]) => {
    const read = build(inner);
    return (env) => (read(env) ?? []).length;
  },
  call: ([, name, ...forms]) => {
    const run = FUNCTIONS[name];
    const parts = forms.map(build);
    return (env) => {
      const values = parts.map((one) => one(env));
      return values.includes(null) ? null : run(env, ...values);
    };
  },
};

/** The function that evaluates a compiled form. Throws for an operation that it does not know. */
export function build(form) {
  if (!Object.hasOwn(OPERATIONS, form[0])) throw new TypeError(`unknown operation ${form[0]}`);
  return OPERATIONS[form[0]](form);
}

/**
 * What expressions of one service share and what they are evaluated over.
 * rules: {local, workedOut: {name: function}}; facts: {answers, look_ups, today, state, started, ended,
 * fee, reference, finish_by} in the JSON forms of docs/language.md.
 */
export class Env {
  constructor(rules, facts, { row = null, lang = "en", calendar = null } = {}) {
    this.facts = facts;
    this.answers = facts.answers ?? {};
    this.lookUps = facts.look_ups ?? {};
    this.local = rules.local ?? {};
    this.workedOut = rules.workedOut ?? {};
    this.row = row ?? {};
    this.lang = lang;
    this.calendar = calendar ?? new Calendar(facts.holidays ?? []);
    this.cache = new Map();
    this.missing = null;
  }
}

/** The expressions of a service, from what moothall.language.compiled gives. */
export class Expressions {
  constructor(compiled) {
    if (compiled.format !== 1) throw new TypeError(`unknown format ${compiled.format}`);
    const workedOut = {};
    for (const [name, form] of Object.entries(compiled.worked_out ?? {})) {
      workedOut[name] = build(form);
    }
    this.rules = { local: compiled.local ?? {}, workedOut };
    this.forms = compiled.expressions ?? {};
    this.built = new Map();
    this.calendar = new Calendar(compiled.holidays ?? []);
  }

  /** The value of the expression at `path` over `facts`, in run-time form; null where missing. */
  value(path, facts, row = null) {
    if (!this.built.has(path)) this.built.set(path, build(this.forms[path].form));
    return this.built.get(path)(new Env(this.rules, facts, { row, calendar: this.calendar }));
  }
}
