/** Rules of custom resources in CEL: each expression is asked alone, of one object. */
import type { Case, Group } from "../case.ts";
import { type Json, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import {
  answerOf,
  created,
  define,
  definitionOf,
  definitions,
  home,
  integer,
  object,
  resource,
} from "./definitions.ts";
import { merge } from "./values.ts";

const short = { type: "string", maxLength: 20 };
const list = (items: object, more: object = {}) => ({ type: "array", maxItems: 5, items, ...more });
const keys = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };
const parts = list(object({ name: short, port: integer }, { required: ["name"] }), keys);
const fields = {
  ...{ which: integer, text: short, number: integer, double: { type: "number" }, flag: { type: "boolean" } },
  ...{ numbers: list(integer), texts: list(short), set: list(short, { "x-kubernetes-list-type": "set" }) },
  ...{ keyed: parts, other: parts, pairs: list(object({ one: integer, two: integer })) },
  map: { type: "object", maxProperties: 5, additionalProperties: short },
  maps: { type: "object", maxProperties: 5, additionalProperties: list(integer) },
  either: { "x-kubernetes-int-or-string": true },
  time: { type: "string", format: "date-time" },
  date: { type: "string", format: "date" },
  duration: { type: "string", format: "duration" },
  bytes: { type: "string", format: "byte", maxLength: 20 },
  nullable: { type: "string", nullable: true, maxLength: 20 },
  inner: object({ one: integer, two: integer }),
  ...{ namespace: short, "a-b": integer, "a.b": integer, a__b: integer, "x/y": integer, constructor: short },
};
const given = {
  ...{ text: "hello", number: 5, double: 1.5, flag: true, numbers: [1, 2, 3], texts: ["a", "b"], set: ["x", "y"] },
  ...{ map: { a: "b", c: "d" }, maps: { m: [1, 2] }, keyed: [{ name: "a", port: 1 }, { name: "b" }] },
  ...{ other: [{ name: "b" }, { name: "a", port: 1 }], pairs: [{ one: 1 }], either: "10%", nullable: null },
  ...{ time: "2026-01-02T03:04:05.5Z", date: "2026-01-02", duration: "1h30m", bytes: "aGVsbG8=", namespace: "ns" },
  ...{ inner: { one: 1, two: 2 }, "a-b": 1, "a.b": 2, a__b: 3, "x/y": 4, constructor: "c" },
};

const expressions = [
  // Texts.
  "self.text.size() == 5 && size(self.text) == 5",
  `self.text.startsWith("he") && self.text.endsWith("lo") && self.text.contains("ell")`,
  `self.text.matches("^h.*o$") && self.text.matches("l{2}") && !self.text.matches("^(l+)+$")`,
  `self.text.matches("(?i)HELLO") && !self.text.matches("\\\\d") && matches(self.text, "h")`,
  `self.text.find("l+") == "ll" && self.text.find("x") == ""`,
  `"a1b22".findAll("[0-9]+") == ["1", "22"] && "a1b22".findAll("[0-9]+", 1) == ["1"]`,
  `"a1b22".findAll("[0-9]+", 0) == [] && "a1b22".findAll("[0-9]+", -1).size() == 2`,
  `self.text.charAt(1) == "e" && self.text.charAt(5) == ""`,
  `self.text.substring(1, 3) == "el" && self.text.substring(3) == "lo" && self.text.substring(5) == ""`,
  `self.text.replace("l", "L") == "heLLo" && self.text.replace("l", "L", 1) == "heLlo"`,
  `self.text.replace("l", "L", 0) == "hello" && "ab".replace("", "-") == "-a-b-"`,
  `self.text.indexOf("l") == 2 && self.text.indexOf("l", 3) == 3 && self.text.indexOf("x") == -1`,
  `self.text.lastIndexOf("l") == 3 && self.text.lastIndexOf("l", 2) == 2 && self.text.indexOf("") == 0`,
  `"a,b,c".split(",") == ["a", "b", "c"] && "a,b,c".split(",", 2) == ["a", "b,c"] && "ab".split("") == ["a", "b"]`,
  `"a,b".split(",", 0) == [] && "a,b".split(",", -1) == ["a", "b"]`,
  `self.texts.join(",") == "a,b" && self.texts.join() == "ab"`,
  `" a ".trim() == "a" && "Ab".lowerAscii() == "ab" && "aB".upperAscii() == "AB"`,
  `"Ä".lowerAscii() == "Ä" && "ß".upperAscii() == "ß"`,
  `"äö😀".size() == 3 && "äö😀".indexOf("😀") == 2 && "äö😀".charAt(2) == "😀"`,
  `"a" < "b" && "a" + "b" == "ab" && "abc" >= "abb"`,
  `'\\u00e4' == "ä" && r'\\n'.size() == 2 && """a""" == "a"`,
  // Numbers.
  "7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1",
  "1e3 == 1000.0 && 1.5 + 1.5 == 3.0 && 0x10 == 16",
  `int("5") == 5 && int(5.9) == 5 && int(-5.9) == -5`,
  `string(5) == "5" && string(1.5) == "1.5" && string(true) == "true"`,
  `double("1.5") == 1.5 && double(2) == 2.0 && uint(5) == 5u`,
  `bool("true") && !bool("false")`,
  "self.double > 1.0 && self.double < 2 && self.double < self.number",
  "self.number in [1, 5] && !(self.number in [1, 2])",
  "type(self.number) == int && type(self.double) == double && type(self.text) == string && type(self.flag) == bool",
  "dyn(1) == 1 && dyn(1) == 1.0 && dyn(1) == 1u",
  "dyn(self.number) != dyn(self.text)",
  // Lists.
  "self.numbers.all(x, x > 0) && self.numbers.exists(x, x == 2) && self.numbers.exists_one(x, x == 3)",
  "self.numbers.map(x, x * 2) == [2, 4, 6] && self.numbers.filter(x, x > 1).size() == 2",
  "self.numbers.map(x, x > 1, x * 2) == [4, 6]",
  "self.numbers.all(i, v, v == i + 1) && self.numbers.exists(i, v, i == 2 && v == 3)",
  "self.numbers.existsOne(i, v, v == 3)",
  "self.numbers.transformList(i, v, v * i) == [0, 2, 6]",
  "self.numbers.transformList(i, v, v > 1, v * i) == [2, 6]",
  "self.numbers.transformMap(i, v, v > 1, v * 2) == {1: 4, 2: 6}",
  "self.numbers + [4] == [1, 2, 3, 4] && self.numbers[0] == 1",
  "self.numbers.sum() == 6 && self.numbers.min() == 1 && self.numbers.max() == 3 && [1.5, 2.5].sum() == 4.0",
  "self.numbers.isSorted() && ![2, 1].isSorted()",
  "self.numbers.indexOf(2) == 1 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(9) == -1",
  "[1, 2, 2].distinct() == [1, 2]",
  "sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])",
  `self.set == ["y", "x"] && self.set.size() == 2`,
  `self.set + ["x", "z"] == ["z", "y", "x"]`,
  "self.keyed == [self.keyed[1], self.keyed[0]] && self.keyed.exists(x, x.name == 'b')",
  "(self.keyed + [self.keyed[0]]).size() == 2",
  "self.pairs[0] == self.pairs[0] && self.pairs.all(p, has(p.one) && !has(p.two))",
  "self.numbers.all(x, self.numbers.exists(y, y == x))",
  "self.numbers.map(x, self.texts.map(y, y + 'a')).size() == 3",
  // Maps and fields.
  `"a" in self.map && self.map["a"] == "b" && self.map.a == "b" && !("x" in self.map)`,
  `self.map.all(k, self.map[k] != "") && self.map.exists(k, k == "c") && self.map.map(k, k).size() == 2`,
  `self.map.exists(k, v, k == "a" && v == "b")`,
  `self.map.transformMap(k, v, v + "!") == {"a": "b!", "c": "d!"}`,
  `self.map == {"c": "d", "a": "b"} && self.map.size() == 2`,
  "self.maps.m[0] == 1 && self.maps.all(k, self.maps[k].size() == 2)",
  `{"a": 1}.a == 1 && {"constructor": 1}["constructor"] == 1 && {1: "a"}[1] == "a" && {true: 1}[true] == 1`,
  "has(self.inner.one) && has(self.inner) && !has(self.nullable)",
  "!has(self.keyed[1].port) && has(self.map.a) && !has(self.map.b)",
  "self.inner == self.inner",
  `self.__namespace__ == "ns" && self.constructor == "c"`,
  "self.a__dash__b == 1 && self.a__dot__b == 2 && self.a__underscores__b == 3 && self.x__slash__y == 4",
  "self.inner != null",
  // Optional values.
  "self.keyed[1].?port.orValue(80) == 80 && self.?inner.?one.orValue(0) == 1",
  "!self.?nullable.hasValue() && self.?text.hasValue() && self.?text.value() == 'hello'",
  `self.map[?"none"].orValue("q") == "q" && self.map[?"a"].orValue("q") == "b" && self.numbers[?9].orValue(0) == 0`,
  "optional.of(2).optMap(x, x + 1).orValue(0) == 3 && self.?nullable.optMap(x, x.size()).orValue(7) == 7",
  "self.keyed[1].?port.optFlatMap(x, optional.of(x)).orValue(1) == 1",
  "optional.none().orValue(1) == 1 && optional.ofNonZeroValue(0).orValue(2) == 2",
  "optional.of(1) == optional.of(1) && self.?nullable.or(optional.of('x')).value() == 'x'",
  // As the documentation of Kubernetes has them.
  "!('x' in self.map) || self.map['x'].matches('^[a-zA-Z]*$')",
  "self.keyed.filter(x, x.name == 'a').all(x, x.port == 1) && size(self.keyed.filter(x, x.name == 'a')) == 1",
  "has(self.time) && self.date + self.duration < self.time + self.duration",
  "self.set.all(e, !(e in self.texts)) && size(self.set) == size(self.texts)",
  "(size(self.texts) == 0) != (size(self.numbers) == 0) || self.number <= 5 && 1 <= self.number",
  "type(self.either) == string ? self.either == '10%' : self.either == 42",
  "self.texts.all(x, self.map.exists(k, k == x || self.map[k] == x))",
  "self.keyed.map(x, x.name) == ['a', 'b'] && self.texts + ['c'] == ['a', 'b', 'c']",
  "[self.flag, has(self.text), has(self.nullable)].filter(x, x).size() == 2",
  "self.duration >= duration('1h') && self.duration <= duration('24h')",
  // What decides alone.
  "true || self.numbers[9] == 1",
  "self.numbers[9] == 1 || true",
  "!(self.numbers[9] == 1 && false)",
  "self.numbers.exists(x, 1 / (x - 1) >= 0)",
  "self.flag ? true : self.numbers[9] == 1",
  // Two types in one field.
  `type(self.either) == int ? self.either > 1 : self.either.endsWith("%")`,
  `self.either == "10%" && self.either != 10`,
  // Times.
  `self.time > timestamp("2026-01-01T00:00:00Z") && self.date == timestamp("2026-01-02T00:00:00Z")`,
  "self.time.getFullYear() == 2026 && self.time.getMonth() == 0 && self.time.getDate() == 2",
  "self.time.getDayOfMonth() == 1 && self.time.getDayOfWeek() == 5 && self.time.getDayOfYear() == 1",
  `self.time.getHours() == 3 && self.time.getHours("Europe/Berlin") == 4 && self.time.getMinutes() == 4`,
  "self.time.getSeconds() == 5 && self.time.getMilliseconds() == 500",
  `self.duration == duration("90m") && self.duration.getMinutes() == 90 && self.duration.getHours() == 1`,
  `string(self.duration) == "5400s" && self.duration < duration("2h") && duration("1.5s").getMilliseconds() == 500`,
  `self.time + self.duration > self.time && self.time - self.duration < self.time`,
  `timestamp("2026-01-01T01:00:00Z") - timestamp("2026-01-01T00:00:00Z") == duration("1h")`,
  `string(timestamp("2026-01-01T00:00:00Z")) == "2026-01-01T00:00:00Z" && int(timestamp("1970-01-01T00:00:09Z")) == 9`,
  `duration("1h") + duration("30m") == self.duration && timestamp(self.date) == self.date`,
  `self.bytes == b"hello" && self.bytes.size() == 5 && string(self.bytes) == "hello" && bytes("a") == b"a"`,
  // Kubernetes' own.
  `quantity("1Gi").isGreaterThan(quantity("1M")) && quantity("1k").isLessThan(quantity("2k"))`,
  `quantity("1k").asInteger() == 1000 && quantity("500m").asApproximateFloat() == 0.5`,
  `!isQuantity("1x") && isQuantity("1.5Gi") && !isQuantity("") && isQuantity("-1")`,
  `quantity("1").add(quantity("500m")) == quantity("1500m") && quantity("2").sub(1).asInteger() == 1`,
  `quantity("1k") == quantity("1000") && quantity("1k").compareTo(quantity("1M")) == -1 && !quantity("1.5").isInteger()`,
  `sign(quantity("-5")) == -1 && self.bytes < b"i" && self.bytes >= b"hello"`,
  `url("https://a.b:80/c?d=e").getHost() == "a.b:80" && url("https://a.b:80/").getHostname() == "a.b"`,
  `url("https://a.b:80/c").getScheme() == "https" && url("https://a.b:80/c").getPort() == "80"`,
  `url("https://[::1]:80/a%20b").getHostname() == "::1" && url("/a%20b").getEscapedPath() == "/a%20b"`,
  `url("/a?c=d&c=e").getQuery() == {"c": ["d", "e"]} && isURL("https://a") && !isURL("x")`,
  `ip("10.0.0.1").family() == 4 && isIP("::1") && !isIP("10.0.0.256") && ip("::1").isLoopback()`,
  `string(ip("2001:db8::0:1")) == "2001:db8::1" && ip.isCanonical("::1") && !ip.isCanonical("2001:DB8::1")`,
  `ip("10.0.0.1").isGlobalUnicast() && ip("169.254.1.1").isLinkLocalUnicast() && ip("0.0.0.0").isUnspecified()`,
  `cidr("10.0.0.0/8").containsIP("10.1.1.1") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")`,
  `cidr("10.1.1.1/8").masked() == cidr("10.0.0.0/8") && cidr("::1/64").prefixLength() == 64 && !isCIDR("10.0.0.0")`,
  `cidr("10.0.0.0/8").containsIP(ip("10.1.1.1")) && cidr("10.0.0.0/8").ip() == ip("10.0.0.0")`,
];
const failing = [
  "self.number > 9",
  "self.numbers[9] == 1",
  "self.numbers[-1] == 1",
  `self.map["none"] == "b"`,
  "self.map.none == 'b'",
  "self.keyed[1].port == 1",
  "self.number / (self.number - 5) == 1",
  "self.number % (self.number - 5) == 1",
  "9223372036854775807 + self.number > 0",
  "self.either > 5",
  "self.either.all(x, true)",
  `quantity(self.text).isInteger()`,
  `quantity("1.5").asInteger() == 1`,
  `self.text.substring(9) == ""`,
  `self.text.substring(3, 1) == ""`,
  `self.text.charAt(9) == ""`,
  "[1].filter(x, x > 1).max() == 1",
  "self.?nullable.value() == 'a'",
  "self.numbers.all(x, 1 / (x - 1) > -9)",
  "self.numbers.exists(x, x > 9)",
  "self.numbers.exists_one(x, x > 1)",
  "int(self.text) == 1",
  "duration(self.text) == duration('1s')",
  "timestamp(self.text) == self.time",
  "double(self.text) == 1.0",
  "bool(self.text)",
  "quantity(self.text) == quantity('1') || cidr(self.text).prefixLength() == 1",
  "dyn(self.text) + 1 == 2",
  "dyn(self.text) == 1",
  "-9223372036854775807 - self.number < 0",
  "self.numbers.map(x, x / (x - 1)).size() == 3",
  "self.map.all(k, self.map[k] == 'b')",
  "self.pairs[0].two == 1",
  "self.keyed.all(x, x.port == 1)",
  "self.time.getHours('Nowhere') == 1",
  "self.text.split('')[9] == 'x'",
  "self.maps.m[5] == 1",
  "'a' in self.texts && 'c' in self.texts",
  "ip(self.text).family() == 4",
  "url(self.text).getHost() == ''",
  "has(self.inner.two) && self.inner.two > 2",
];
/** As many as the API server takes in one definition. */
const perDefinition = 40;
const asked = [...expressions, ...failing];
const pages = Array.from({ length: Math.ceil(asked.length / perDefinition) }, (_, page) =>
  asked.slice(page * perDefinition, (page + 1) * perDefinition),
);
const pluralOf = (page: number): string => `rules${"abcdefgh"[page]}s`;
const selected = (all: readonly string[]) =>
  all.map((rule, index) => ({ rule: `self.which != ${index} || (${rule})`, message: rule }));
const expression = (rule: string, index: number): Case =>
  story({
    name: rule,
    request: "`POST ?dryRun=All` of an object with the rule",
    async tell(ask) {
      const [page, which] = [Math.floor(index / perDefinition), index % perDefinition];
      const answer = await ask(
        "POST",
        `${home}/${pluralOf(page)}?dryRun=All`,
        resource(pluralOf(page), { ...given, which }),
      );
      return answerOf(answer, () => "holds");
    },
  });

const validated = (...rules: readonly object[]) => ({ "x-kubernetes-validations": rules });
const large = { ...integer, ...validated({ rule: "self > 1" }) };
const told = object({
  spec: object({
    plain: { ...short, ...validated({ rule: "self == 'a'" }) },
    message: { ...integer, ...validated({ rule: "self > 1", message: " must be large " }) },
    lines: { ...integer, ...validated({ rule: "self >\n1", message: "must be large" }) },
    said: { ...short, ...validated({ rule: "self == 'a'", message: "no", messageExpression: "'was ' + self" }) },
    silent: { ...integer, ...validated({ rule: "self > 1", message: "no", messageExpression: "['a'][self]" }) },
    empty: { ...integer, ...validated({ rule: "self > 1", messageExpression: "' '" }) },
    forbidden: { ...integer, ...validated({ rule: "self > 1", reason: "FieldValueForbidden" }) },
    required: { ...integer, ...validated({ rule: "self > 1", reason: "FieldValueRequired" }) },
    duplicate: { ...integer, ...validated({ rule: "self > 1", reason: "FieldValueDuplicate" }) },
    placed: object(
      { one: integer, map: { type: "object", maxProperties: 3, additionalProperties: integer } },
      validated({ rule: "self.one > 1", fieldPath: ".one" }, { rule: "self.one > 1", fieldPath: ".map['a b']" }),
    ),
    items: list(large),
    values: { type: "object", maxProperties: 3, additionalProperties: large },
    limited: { type: "string", maxLength: 3, ...validated({ rule: "self == 'a'" }) },
    nullable: { type: "string", nullable: true, maxLength: 3, ...validated({ rule: "self == 'a'" }) },
    both: object({ one: large }, validated({ rule: "self.one > 2" }, { rule: "self.one > 3" })),
    pod: object(
      { spec: object({ node: short }) },
      {
        "x-kubernetes-embedded-resource": true,
        ...validated({ rule: "self.kind == 'Pod' && self.metadata.name != 'x'" }),
      },
    ),
  }),
});
const rooted = object(
  { spec: object({ size: integer }) },
  validated({ rule: "self.metadata.name.startsWith('a') && self.kind == 'Root'" }),
);
const fixed = { rule: "self == oldSelf", message: "is fixed" };
const keptPort = object({ name: short, port: { ...integer, ...validated(fixed) } }, { required: ["name"] });
const before = object({
  spec: object({
    size: integer,
    fixed: { ...short, ...validated(fixed) },
    grows: {
      ...integer,
      ...validated(
        { rule: "!oldSelf.hasValue() || self > oldSelf.value()", optionalOldSelf: true, message: "must grow" },
        { rule: "oldSelf.hasValue() || self > 1", optionalOldSelf: true, message: "must begin large" },
      ),
    },
    keyed: list(keptPort, keys),
  }),
  status: object({ phase: { ...short, ...validated({ rule: "self != 'bad'" }, { rule: "oldSelf != 'done'" }) } }),
});
const change = `${home}/changes/given`;
const changing = (name: string, path: string, body: object, how = merge): Case =>
  story({
    name,
    request: `${how === merge ? "merge patch" : "apply"} of \`${JSON.stringify(body)}\``,
    tell: async (ask) =>
      answerOf(
        await ask("PATCH", `${path}?dryRun=All${how === merge ? "" : "&fieldManager=me&force=true"}`, body, how),
        ({ spec, status }) => [spec, status],
      ),
  });
/** A stored object that a later rule does not allow. */
const ratchets = (name: string, spec: object): Case =>
  story({
    name,
    request: `merge patch of \`${JSON.stringify(spec)}\``,
    tell: async (ask) =>
      answerOf(await ask("PATCH", `${home}/ratchets/given?dryRun=All`, { spec }, merge), ({ spec }) => spec),
  });
const ratchetOf = (more: object) => object({ spec: object({ old: { ...integer, ...more }, size: integer }) });

/** What is not compared: what a cause says of the expression, besides that it does not compile. */
const refused = (name: string, rule: string | object, schema?: object): Case =>
  story({
    name,
    request: "`POST ?dryRun=All` of a definition with the rule",
    async tell(ask) {
      const own = typeof rule === "string" ? { rule } : rule;
      const spec = schema ?? object(fields, validated(own));
      const { status, body } = await ask("POST", `${definitions}?dryRun=All`, definitionOf("wrongs", object({ spec })));
      const { reason = "", details } = body as Json;
      const causes = (details?.causes ?? []).map((one: Json) => {
        const [what] = /compilation failed|must evaluate to a \w+|must .*|may .*|is not .*/.exec(one.message) ?? [""];
        return `${one.reason} ${one.field}: ${what}`;
      });
      return { status, reason, message: causes.toSorted().join("; ") };
    },
  });

const of = (name: string, spec: object): Case => created("tolds", name, spec);

export const rulesInCel: Group = {
  title: "Rules of custom resources",
  intro: "CEL: expressions, messages, changes, and rules that a definition cannot have.",
  async prepare(side) {
    await introduce(side);
    for (const [page, all] of pages.entries())
      await define(side, definitionOf(pluralOf(page), object({ spec: object(fields, validated(...selected(all))) })));
    await define(side, definitionOf("tolds", told));
    await define(side, definitionOf("roots", rooted));
    await define(side, definitionOf("changes", before, { subresources: { status: {} } }));
    const spec = { size: 1, fixed: "a", grows: 2, keyed: [{ name: "a", port: 1 }] };
    await prepare(side, "POST", `${home}/changes`, resource("changes", spec, "given"));
    await define(side, definitionOf("ratchets", ratchetOf({})));
    await prepare(side, "POST", `${home}/ratchets`, resource("ratchets", { old: 1, size: 1 }, "given"));
    const path = `${definitions}/ratchets.schemas.example.com`;
    const { metadata } = (await prepare(side, "GET", path)) as Json;
    const stricter = definitionOf("ratchets", ratchetOf(validated({ rule: "self > 1" })));
    await prepare(side, "PUT", path, { ...stricter, metadata });
  },
  cases: [
    ...asked.map(expression),
    of("the message of a rule without one", { plain: "b" }),
    of("a message", { message: 1 }),
    of("a rule in two lines", { lines: 1 }),
    of("an expression for the message", { said: "b" }),
    of("an expression for the message that fails", { silent: 1 }),
    of("an expression for the message that is empty", { empty: 1 }),
    of("the reason Forbidden", { forbidden: 1 }),
    of("the reason Required", { required: 1 }),
    of("the reason Duplicate", { duplicate: 1 }),
    of("another field than that of the rule", { placed: { one: 1 } }),
    of("items of a list", { items: [1, 2, 0] }),
    of("values of a map", { values: { a: 1 } }),
    of("several rules", { both: { one: 1 } }),
    of("an object that is not valid without rules", { limited: "abcd", plain: "b" }),
    of("null, for which rules do not hold", { nullable: null }),
    of("an object inside", { pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "x" } } }),
    created("roots", "the object's metadata and kind", { size: 1 }),
    changing("a field that changes, though it is fixed", change, { spec: { fixed: "b" } }),
    changing("a field that stays", change, { spec: { size: 2 } }),
    changing("a field that is removed, though it is fixed", change, { spec: { fixed: null } }),
    changing("a field that grows", change, { spec: { grows: 3 } }),
    changing("a field that does not grow", change, { spec: { grows: 1 } }),
    created("changes", "a field that has no old value", { grows: 1 }),
    changing("an item with a key that changes", change, { spec: { keyed: [{ name: "b" }, { name: "a", port: 2 }] } }),
    changing("a new item with a key", change, { spec: { keyed: [{ name: "b", port: 2 }] } }),
    changing("rules of the status", `${change}/status`, { status: { phase: "bad" } }),
    changing("apply", change, resource("changes", { fixed: "c", grows: 3 }, "given"), "application/apply-patch+yaml"),
    ratchets("what did not change is not refused", { size: 2 }),
    ratchets("what changes is refused", { old: 0 }),
    refused("a field that there is not", "self.nope == 1"),
    refused("has() of a field that there is not", "has(self.nope)"),
    refused("a variable that there is not", "nope == 1"),
    refused("a function that there is not", "self.text.nope()"),
    refused("a function of the library that CEL does not have", "self.bytes.hex() == ''"),
    refused("a macro of CEL that the API server does not have", "cel.bind(x, self.number, x > 1)"),
    refused("a macro for one variable", "self.numbers.existsOne(x, x == 1)"),
    refused("a namespace that there is not", "math.greatest(1, 2) == 2"),
    refused("null for a text", "self.text != null"),
    refused("a name that JavaScript's objects have", "self.toString == 1"),
    refused("a variable that JavaScript's objects have", "constructor == 1"),
    refused("a comparison of two types", 'self.number == "5"'),
    refused("an integer that is a double", "self.number == self.double"),
    refused("a comparison of two objects that only look alike", "self.inner == self.pairs[0]"),
    refused("a sum of two types", "self.number + 1.5 > 1.0"),
    refused("an argument of the wrong type", "self.text.startsWith(1)"),
    refused("too many arguments", 'self.text.startsWith("a", "b")'),
    refused("no truth value", "self.number + 1"),
    refused("a condition that is none", "self.numbers.all(x, x)"),
    refused("what is no list", "self.number.all(x, true)"),
    refused("two branches of two types", 'self.flag ? true : "no"'),
    refused("a list of two types", '[1, "a"].size() == 2'),
    refused("an invalid duration", 'duration("soon") == self.duration'),
    refused("an invalid regular expression", 'self.text.matches("(")'),
    refused("several problems", "self.nope == 1 && self.number == 'a'"),
    refused("a macro without a field", "has(self)"),
    refused("syntax", "self.number >"),
    refused("syntax: one sign", "self.number = 1"),
    refused("an empty rule", " "),
    refused("two lines without a message", "self.number >\n1"),
    refused("a message with two lines", { rule: "self.number > 1", message: "a\nb" }),
    refused("an unknown reason", { rule: "self.number > 1", reason: "Nope" }),
    refused("the authorizer", 'authorizer.path("/x").check("get").allowed()'),
    refused("a message that is no text", { rule: "self.number > 1", messageExpression: "self.number" }),
    refused("a message with a field that there is not", { rule: "self.number > 1", messageExpression: "self.nope" }),
    refused("an old value that nobody uses", { rule: "self.number > 1", optionalOldSelf: true }),
    refused("an old value of an item without a key", "", list({ ...integer, ...validated(fixed) })),
    refused(
      "an old value in an atomic object",
      "",
      object({ a: { ...integer, ...validated(fixed) } }, { "x-kubernetes-map-type": "atomic" }),
    ),
    refused("a rule of an item", "", list({ ...integer, ...validated({ rule: "self.nope" }) })),
    refused("a rule of a value of a map", "", {
      ...{ type: "object", maxProperties: 5 },
      additionalProperties: { ...integer, ...validated({ rule: "nope" }) },
    }),
    refused("a rule in a deep field", "", object({ a: object({ b: { ...integer, ...validated({ rule: "self" }) } }) })),
  ],
};
