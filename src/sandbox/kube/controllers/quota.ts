/** ResourceQuotas: keeps what is used in their status. */
import { usedOf } from "../admission/quota.ts";
import { kinds } from "../kinds.ts";
import { controllerOf, put } from "./control.ts";

export const quotas = controllerOf(kinds.quotas, (control, quota) => {
  const status = { hard: quota.spec?.hard, used: usedOf(control.store, quota) };
  put(control, kinds.quotas, { ...quota, status });
});
