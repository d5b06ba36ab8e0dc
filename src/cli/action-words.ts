/** Words that people try for an action, to suggest its name. */
const others: Readonly<Record<string, string>> = {
  ...{ read: "get", describe: "status", "rollout-status": "status", show: "status", logs: "status" },
  ...{ rollback: "undo", "rollout-undo": "undo", revert: "undo", reboot: "restart", redeploy: "restart" },
  ...{ image: "set-image", "update-image": "set-image", update: "set-image", set: "set-image", job: "run-job" },
  ...{ "create-job": "run-job", run: "run-job", rm: "delete", remove: "delete", replace: "apply", patch: "apply" },
  ...{ pause: "suspend", stop: "suspend", unsuspend: "resume", start: "resume", "can-i": "check", deploy: "create" },
};

/** The action that a word stands for. */
export const actionCalled = (word: string): string | undefined =>
  Object.hasOwn(others, word.toLowerCase()) ? others[word.toLowerCase()] : undefined;
