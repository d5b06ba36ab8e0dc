/** Does the cluster let the person who asks in? */
import type { Link } from "./link.ts";

export const caller: Link = {
  id: "caller",
  after: ["token"],
  async prove({ kube }) {
    const review = await (await kube()).request<{ status: { userInfo: { username: string } } }>({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    return `you are "${review.status.userInfo.username}" in the cluster`;
  },
};
