/** Reviews: objects that are answered and not stored. */
import type { Group } from "../case.ts";
import { kubeCases } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { binding, bindings, role, roles } from "./values.ts";

const authorization = "/apis/authorization.k8s.io/v1";
const apiVersion = "authorization.k8s.io/v1";
const wish = (verb: string, resource = "deployments", group = "apps") => ({
  spec: { resourceAttributes: { namespace: "default", group, resource, verb } },
});
const about = (user: string, verb: string) => ({
  spec: { user, groups: ["system:authenticated"], ...wish(verb).spec },
});

export const reviews: Group = {
  title: "Reviews",
  intro: "Who the caller is, and what the caller or another user may do.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", roles, role("given"));
    await prepare(side, "POST", bindings, binding("given"));
  },
  cases: kubeCases([
    {
      name: "who am I",
      as: "stranger",
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: {},
      shows: "status.userInfo.username",
    },
    {
      name: "of which groups",
      as: "stranger",
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: {},
      shows: "status.userInfo.groups",
    },
    {
      name: "who is the administrator",
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: {},
      shows: "status.userInfo.groups",
    },
    {
      name: "may I, and I may",
      as: "writer",
      method: "POST",
      path: `${authorization}/selfsubjectaccessreviews`,
      body: wish("get", "configmaps", ""),
      shows: "status.allowed",
    },
    {
      name: "may I, and I may not",
      as: "writer",
      method: "POST",
      path: `${authorization}/selfsubjectaccessreviews`,
      body: wish("create"),
      shows: "status.allowed",
    },
    {
      name: "may I what",
      as: "writer",
      method: "POST",
      path: `${authorization}/selfsubjectaccessreviews`,
      body: { apiVersion, kind: "SelfSubjectAccessReview", spec: {} },
    },
    {
      name: "may lambda",
      method: "POST",
      path: `${authorization}/subjectaccessreviews`,
      body: about("lambda", "create"),
      shows: "status.allowed",
    },
    {
      name: "may lambda what it may not",
      method: "POST",
      path: `${authorization}/subjectaccessreviews`,
      body: about("lambda", "list"),
      shows: "status.allowed",
    },
    {
      name: "may nobody",
      method: "POST",
      path: `${authorization}/subjectaccessreviews`,
      body: { apiVersion, kind: "SubjectAccessReview", ...wish("list") },
    },
    { name: "read a review", method: "GET", path: `${authorization}/selfsubjectaccessreviews` },
  ]),
};
