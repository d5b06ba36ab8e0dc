/** Suspends and resumes CronJobs. */
import { patch } from "../kube/methods.ts";
import { defineAction } from "./action.ts";
import { objectName, required } from "./fields.ts";

/** One PATCH of a field with one value: a retry changes nothing. */
const setting = (isSuspended: { readonly suspend: boolean }, action: string) =>
  defineAction({
    methods: { patch },
    event: { name: required(objectName) },
    resources: ["cronjobs.batch"],
    needs: ({ on }) => ({ cronJobs: on().may("patch") }),
    async run({ cronJobs }, { kind, namespace, event }) {
      const name = String(event.name);
      await cronJobs.patch({ name }, { spec: isSuspended });
      return { action, kind, namespace, name };
    },
  });

export const suspend = setting({ suspend: true }, "suspended");
export const resume = setting({ suspend: false }, "resumed");
