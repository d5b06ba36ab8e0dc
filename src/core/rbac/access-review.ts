/** Asks the API server what a user may do, with SubjectAccessReviews. */
import type { Need } from "../kube/need.ts";
import type { Kube } from "../kube/request.ts";
import { attributesOf } from "../kube/review.ts";

export interface Subject {
  readonly username: string;
  readonly groups: readonly string[];
}

/** True if the user has all rights of the need. Throws `Forbidden` if the caller may not ask. */
export async function userMay(kube: Kube, { username, groups }: Subject, need: Need): Promise<boolean> {
  const allowed = await Promise.all(
    attributesOf(need).map(async (resourceAttributes) => {
      const { status } = await kube.request<{ status: { allowed: boolean } }>({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: { user: username, groups: [...groups, "system:authenticated"], resourceAttributes },
        },
      });
      return status.allowed;
    }),
  );
  return allowed.every(Boolean);
}
