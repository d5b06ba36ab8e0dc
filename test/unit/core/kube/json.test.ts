/** What is sent to the API server is read alike as JSON and as YAML. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { callOf } from "../../../../src/core/kube/request.ts";
import { parseYaml } from "../../../../src/sandbox/kube/write/yaml.ts";

const special = fc.constantFrom(...'a "\\\n\t\0\x7f\x80\x85\x9fä\u2028\u2029\ufeff\ufffe\uffff<&', "😀", "\\u0085");
const text = fc.string({ unit: fc.oneof(special, fc.string({ unit: "binary", minLength: 1, maxLength: 1 })) });
const payloadOf = (body: unknown) =>
  callOf({ method: "PATCH", path: "/api/v1/x", body }, new URL("https://host")).payload ?? "";

test("any text, as key or value, is the same after JSON and after YAML", () => {
  const body = fc
    .array(fc.tuple(text, text))
    .map((all) => ({ list: all.map(([, value]) => value), ...Object.fromEntries(all) }));
  fc.assert(
    fc.property(body, (given) => {
      const payload = payloadOf(given);
      expect(payload).toMatch(/^[\x20-\x7e\u{10000}-\u{10ffff}]*$/u);
      expect(JSON.parse(payload)).toEqual(given);
      expect(parseYaml(payload).value).toEqual(given);
    }),
  );
});
