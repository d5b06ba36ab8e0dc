/** Tests that others wrote, and those of them that pass on a real API server alone. */
import type { tested } from "./backend/parts.ts";
import { ginkgo, goTest } from "./support/go-tests.ts";

interface Exception {
  readonly why: string;
  readonly names: readonly string[];
}

interface Suite {
  readonly of: keyof typeof tested;
  readonly title: string;
  readonly framework: typeof ginkgo;
  /** How many pass on a real API server, at least. */
  readonly least: number;
  /** Milliseconds for which the sandbox's controllers are held back: the suite expects an API server without controllers. */
  readonly heldMs: number;
  readonly notInSandbox: readonly Exception[];
}

const both = (name: string): readonly string[] =>
  ["structured", "unstructured"].map((which) => `Client / SubResourceClient / with ${which} objects / ${name}`);

/** A test, and the tests inside it. */
const inside = (name: string, ...parts: readonly string[]): readonly string[] => [
  name,
  ...parts.map((part) => `${name}/${part.replaceAll(" ", "_")}`),
];

export const suites: readonly Suite[] = [
  {
    of: "client",
    title: "the client of controller-runtime, with which controllers are written",
    framework: ginkgo,
    least: 295,
    heldMs: 7_000,
    notInSandbox: [
      {
        why: "the sandbox does not support certificatesigningrequests.certificates.k8s.io",
        names: [...both("should be able to approve CSRs"), ...both("should be able to approve CSRs using Patch")],
      },
      {
        why: "the sandbox does not support serviceaccounts/token",
        names: both("should be able to create ServiceAccount tokens"),
      },
      { why: "the sandbox does not support pods/binding", names: both("should be able to create Pod bindings") },
      {
        why: "the sandbox does not support server-side apply of a scale",
        names: both("should be able to apply the scale subresource"),
      },
    ],
  },
  {
    of: "ssa",
    title: "the server-side apply of Flux",
    framework: goTest,
    least: 117,
    heldMs: 4_000,
    notInSandbox: [
      {
        why: "the sandbox does not support horizontalpodautoscalers.autoscaling",
        names: inside(
          "TestDiffHPA",
          "generates empty diff for unchanged object",
          "generates diff for removed metric",
          "generates empty diff for unchanged metric",
          "generates diff for added metric",
        ),
      },
      {
        why: "the sandbox does not support spec.conversion.webhook of a CustomResourceDefinition",
        names: [
          ...inside(
            "TestResourceManager_ApplyAllStaged_CRDWebhookCABundle",
            "removes invalid CA bundle and applies successfully",
            "removes valid CA bundle non base64 encoded and applies successfully",
            "preserves valid CA bundle and applies successfully",
          ),
          ...inside(
            "TestResourceManager_Diff_CRDWebhookCABundle",
            "diff removes invalid CA bundle from CRD",
            "diff preserves valid CA bundle in CRD",
            "diff with label change preserves valid CA bundle",
          ),
        ],
      },
    ],
  },
  {
    of: "jsondiff",
    title: "the comparison of manifests with a cluster by dry runs, of Flux",
    framework: goTest,
    least: 115,
    heldMs: 4_000,
    notInSandbox: [],
  },
];
