/** Of the tests of others, those that pass on a real API server alone. */
interface Unsupported {
  readonly why: string;
  readonly names: readonly string[];
}

const both = (name: string): readonly string[] =>
  ["structured", "unstructured"].map((which) => `Client / SubResourceClient / with ${which} objects / ${name}`);

export const notInSandbox: readonly Unsupported[] = [
  {
    why: "the sandbox does not support certificatesigningrequests.certificates.k8s.io",
    names: [...both("should be able to approve CSRs"), ...both("should be able to approve CSRs using Patch")],
  },
  {
    why: "the sandbox does not support serviceaccounts/token",
    names: both("should be able to create ServiceAccount tokens"),
  },
  {
    why: "the sandbox does not support server-side apply of a scale",
    names: both("should be able to apply the scale subresource"),
  },
];
