/** The names of all actions, also of those whose code `setup` left out. */
export const actionNames =
  "create, set-image, undo, restart, scale, suspend, resume, apply, delete, run-job, status, get, check";

export const isActionName = (name: unknown): boolean => actionNames.split(", ").some((one) => one === name);
